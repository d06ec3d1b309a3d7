/** The one policy: what each role may do. Drawn from the table by which the server decides. */
import { permissions, rolesThatMay, wordsOf } from "#domain";
import { Section } from "../../ui/page.tsx";
import { StateMark } from "../../ui/state-word.tsx";
import { WideTable } from "../../ui/wide-table.tsx";

const roles = ["viewer", "developer", "approver", "operator", "admin"] as const;
const columns = ["May", ...roles];
const yes = { mark: "tick", tone: "good", word: "yes" } as const;

export function PolicySection() {
  return (
    <Section
      title="Policy"
      id="policy"
      note="what a role lets one do, within the scope it was given for"
      json={permissions.map((permission) => ({ permission, roles: rolesThatMay(permission) }))}
    >
      <WideTable label="What each role may do" columns={columns}>
        {permissions.map((permission) => (
          <tr key={permission}>
            <th scope="row">{wordsOf(permission)}</th>
            {roles.map((role) => (
              <td key={role} className="tone-good">
                {rolesThatMay(permission).includes(role) ? (
                  <>
                    <StateMark state={yes} />
                    <span className="only-spoken">yes</span>
                  </>
                ) : (
                  <span className="only-spoken">no</span>
                )}
              </td>
            ))}
          </tr>
        ))}
      </WideTable>
    </Section>
  );
}
