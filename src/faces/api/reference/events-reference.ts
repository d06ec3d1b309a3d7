/** What can happen, as the journal has it: a sentence for each type, and its data as the domain declares it. */
import type { EventType } from "#domain";

/** Complete by type: an event without a sentence does not compile. */
const sentences: Readonly<Record<EventType, string>> = {
  "dev.cdevents.repository.created": "An app was created, with its repository.",
  "dev.cdevents.repository.deleted": "An app was deleted; its repository is in the trash.",
  "dev.tidegate.config.changed": "Configuration was changed. Names are told, values never.",
  "dev.tidegate.user.created": "A user was created, who has not signed in yet.",
  "dev.tidegate.user.changed":
    "A user's state, teams or grants were changed: what they were, and what they are.",
  "dev.tidegate.team.created": "A team was created.",
  "dev.tidegate.team.changed": "What a team was granted was changed.",
  "dev.tidegate.team.deleted": "A team was deleted, with all that was granted for it.",
  "dev.tidegate.app.assigned": "An app was given to a team, or to nobody's.",
  "dev.tidegate.domain.added": "An app is served by one more host name, of its own.",
  "dev.tidegate.domain.removed":
    "Such a name was taken from an app; with the app it goes without an entry.",
  "dev.tidegate.rollback.asked": "A person asked for an earlier release, by its number.",
  "dev.tidegate.token.created": "A token was made. Neither its text nor its hash is told.",
  "dev.tidegate.token.revoked": "A token was ended before its time.",
  "dev.tidegate.sshkey.added": "Somebody added a public key, by which git over SSH knows them.",
  "dev.tidegate.sshkey.removed": "A public key was taken away: it opens nothing any more.",
  "dev.tidegate.session.started": "Somebody signed in.",
  "dev.tidegate.session.ended": "Sessions were ended by their owner, or with a new way in.",
  "dev.tidegate.signin.link_made":
    "A one-time sign-in link was made with this machine's own token.",
  "dev.tidegate.signin.held_off": "Wrong passwords have made attempts on an account wait.",
  "dev.tidegate.password.changed": "A user's password was changed.",
  "dev.tidegate.passkey.added": "A user got a passkey.",
  "dev.tidegate.passkey.renamed": "A passkey was renamed.",
  "dev.tidegate.passkey.removed": "A passkey was removed.",
  "dev.tidegate.passkey.refused": "A passkey counted backwards: there is a copy of it.",
  "dev.tidegate.invitation.created": "A link was made that lets somebody in, once.",
  "dev.tidegate.invitation.accepted": "Somebody came in by such a link.",
  "dev.tidegate.invitation.revoked": "Such a link was taken back.",
  "dev.tidegate.provider.changed":
    "What is trusted to say who somebody is was changed; its secret is never told.",
  "dev.tidegate.identity.linked": "A user's account with a provider was linked.",
  "dev.cdevents.change.merged": "A push was accepted: the change exists.",
  "dev.tidegate.change.superseded": "A newer change took the place of one under way.",
  "dev.tidegate.change.taken_back":
    "A way back led behind a change, though its release was not the live one: nobody has it now.",
  "dev.tidegate.change.restored": "A way back led to a change again: everybody has it.",
  "dev.cdevents.build.started": "The plan was made, and the build begins.",
  "dev.cdevents.build.finished": "The build ended, with an artifact or a problem.",
  "dev.cdevents.testsuiterun.started": "The tests begin.",
  "dev.cdevents.testsuiterun.finished": "The tests ended, with the result of every case.",
  "dev.cdevents.artifact.signed": "Evidence about the artifact was signed.",
  "dev.tidegate.gate.decided": "The gate decided, with each rule and what it was given.",
  "dev.cdevents.service.deployed": "A release runs; nobody has met it yet.",
  "dev.tidegate.release.failed": "A release did not become ready.",
  "dev.tidegate.instance.exited": "An instance ended unasked.",
  "dev.tidegate.rollout.started": "A rollout begins.",
  "dev.tidegate.rollout.gathering":
    "The release runs and waits for changes of the apps it goes together with.",
  "dev.tidegate.rollout.regrouped":
    "A joint rollout gave way to a newer change of another app: this change goes together with that one.",
  "dev.tidegate.rollout.fresh_baseline_missing":
    "The policy asks for a fresh baseline and there is none: the running one is compared with.",
  "dev.tidegate.rollout.not_measured":
    "Nothing is counted of a guardrail of the app's own, and why.",
  "dev.tidegate.rollout.exposure_changed": "More users were let in, or fewer.",
  "dev.tidegate.rollout.step_entered": "The rollout goes on to the next step of its policy.",
  "dev.tidegate.rollout.delayed": "Exposure would grow, and the policy's windows are closed.",
  "dev.tidegate.rollout.held": "A person has to decide.",
  "dev.tidegate.rollout.commanded": "A person told the rollout something.",
  "dev.tidegate.rollout.link_made":
    "Somebody had a link made by which a browser is put into the candidate, or out of it.",
  "dev.cdevents.service.published": "Everybody is on the release.",
  "dev.tidegate.rollout.baked":
    "The bake is over: the release before is no longer kept as a control.",
  "dev.cdevents.service.rolledback": "The release was taken away from users.",
  "dev.cdevents.service.removed": "A release was removed; nobody goes back to it.",
  "dev.tidegate.delivery.finished": "The end of a change's delivery, whatever it was.",
};

/** `declaration` is the text of the domain's file on the journal, of which the shapes are taken. */
export function eventsReference(declaration: string): string {
  const parts = [
    "# Events",
    "<!-- Made from the domain's declarations by: npm run docs -->",
    "The journal is append-only, and each entry is chained to the one before by its hash: `tidegate journal verify` recomputes the chain. Types are those of [CDEvents](https://cdevents.dev) where that vocabulary has one, and `dev.tidegate` elsewhere.",
    `An entry is \`{ seq, at, type, app?, change?, actor, by?, data, previousHash, hash }\`. Entries of one change are followed at [\`GET /api/v1/changes/:change/events\`](api.md#get-apiv1changeschangeevents), all of them are read at \`GET /api/v1/journal\`.`,
    "`by` is there when a person or a program is behind the entry: `{ user?, token?, sshKey?, session?, address, userAgent? }`. Those entries are the audit log: `tidegate audit list`.",
    ...Object.entries(sentences).flatMap(([type, sentence]) => [
      `## ${type}`,
      sentence,
      `\`\`\`text\n${shapeOf(type, declaration)}\n\`\`\``,
    ]),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** The data of a type as it is declared, or the name of the type that it has. */
function shapeOf(type: string, declaration: string): string {
  const quoted = `"${type.replaceAll(".", String.raw`\.`)}"`;
  const [, found = ""] =
    new RegExp(`^  ${quoted}: (\\{$[^]*?^  \\}|.+);$`, "m").exec(declaration) ?? [];
  return found
    .replaceAll("readonly ", "")
    .replaceAll(/^ {2}/gm, "")
    .replaceAll(/ *\/\*\*[^*]*\*\/\n */g, "");
}
