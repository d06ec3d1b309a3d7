/** Migrations: numbered, forward only, each in one transaction. One that has been released never changes. */

import { sha256Hex } from "#std";

export interface Migration {
  readonly number: number;
  readonly title: string;
  readonly statements: string;
}

/**
 * A NUL or half a pair of surrogates, which older servers wrote into bodies, makes PostgreSQL refuse every question
 * into a body: each becomes U+FFFD, as in what is written today (json-text.ts).
 */
const withoutUnstorable = String.raw`
      update document
        set body = regexp_replace(
          body::text,
          '(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})',
          '\1' || chr(65533),
          'g'
        )::json
        where kind in ('app', 'change', 'release', 'rollout')
          and body::text ~ '\\u(?:0000|d[89a-f][0-9a-f]{2})';
`;

export const migrations: readonly Migration[] = [
  {
    number: 1,
    title: "journal, documents, work and counts",
    statements: `
      -- The chain's end. Its lock makes commits one after the other, so places in the chain have no gaps.
      create table journal_head (
        is_only boolean primary key default true check (is_only),
        seq bigint not null,
        hash text not null
      );
      insert into journal_head (seq, hash) values (0, repeat('0', 64));

      create table journal (
        seq bigint primary key,
        at bigint not null,
        type text not null,
        app text,
        change text,
        actor text not null,
        data json not null,
        previous_hash text not null,
        hash text not null
      );
      create index journal_app on journal (app, seq);
      create index journal_change on journal (change, seq);

      -- Which batches were committed lately: a repetition after a lost connection finds itself here.
      create table batch (
        id uuid primary key,
        at bigint not null,
        first_seq bigint not null,
        entry_count integer not null
      );
      create index batch_at on batch (at);

      create table document (
        kind text not null,
        id text not null,
        app text,
        body json not null,
        version integer not null,
        created bigint generated always as identity,
        primary key (kind, id)
      );
      create index document_created on document (kind, created);
      create index document_app on document (kind, app, created);

      -- worker is set from a claim until its end; again_at is a wake-up that came in between.
      create sequence work_fence;
      create table work (
        kind text not null,
        key text not null,
        app text,
        due_at bigint not null,
        fence bigint not null default 0,
        worker text,
        lease_until bigint,
        again_at bigint,
        attempt integer not null default 0,
        primary key (kind, key)
      );
      create index work_due on work (kind, due_at);

      create table edge_interval (
        edge text not null,
        boot text not null,
        seq bigint not null,
        recorded_at bigint not null,
        primary key (edge, boot, seq)
      );
      create index edge_interval_recorded on edge_interval (recorded_at);

      -- Its row lock makes a rollout's intervals one after the other, so their index has no gaps.
      create table rollout_counts (
        rollout text primary key,
        app text not null,
        intervals integer not null default 0,
        users integer not null default 0
      );
      create table rollout_user (
        rollout text not null,
        hash bigint not null,
        is_harmed boolean not null default false,
        is_exposed boolean not null default false,
        primary key (rollout, hash)
      );
      create table interval_counts (
        rollout text not null,
        index integer not null,
        edge text not null,
        boot text not null,
        seq bigint not null,
        body json not null,
        primary key (rollout, index)
      );
      create index interval_counts_origin on interval_counts (edge, boot, seq);
      create table failed_request (
        id bigint generated always as identity primary key,
        rollout text not null,
        at bigint not null,
        body json not null
      );
      create index failed_request_rollout on failed_request (rollout, at, id);
      create table app_traffic (
        app text not null,
        second bigint not null,
        requests bigint not null,
        errors bigint not null,
        primary key (app, second)
      );
    `,
  },
  {
    number: 2,
    title: "the journal by time",
    statements: `
      create index journal_at on journal (at, seq);
    `,
  },
  {
    number: 3,
    title: "users of rollouts that are long over are forgotten",
    statements: `
      -- When its newest interval was stored; those of before are taken for new.
      alter table rollout_counts add column told_at bigint;
      update rollout_counts set told_at = (extract(epoch from now()) * 1000)::bigint;
      alter table rollout_counts alter column told_at set not null;
    `,
  },
  {
    number: 4,
    title: "changes by their state",
    statements: `
      ${withoutUnstorable}
      create index document_change_state on document ((body ->> 'state'), created)
        where kind = 'change';
    `,
  },
  {
    number: 5,
    title: "users who are stuck",
    statements: `
      alter table rollout_user add column is_stuck boolean not null default false;
    `,
  },
  {
    number: 6,
    title: "entries say by whom, and from where",
    statements: `
      alter table journal add column by json;
      create index journal_type on journal (type, seq);
      create index journal_actor on journal (actor, seq) where by is not null;
    `,
  },
  {
    number: 7,
    title: "documents have owners, and some an end",
    statements: `
      alter table document add column owner text, add column forget_at bigint;
      create index document_owner on document (kind, owner, created) where owner is not null;
      create index document_forget on document (forget_at) where forget_at is not null;
    `,
  },
  {
    number: 8,
    title: "users of a fresh baseline",
    statements: `
      alter table rollout_user add column is_fresh boolean not null default false;
    `,
  },
  {
    number: 9,
    title: "what apps served, by day and by five minutes",
    statements: `
      -- slot: days or spans of five minutes since the epoch.
      create table app_served (
        app text not null,
        span text not null,
        slot bigint not null,
        requests bigint not null,
        errors bigint not null,
        primary key (app, span, slot)
      ) with (fillfactor = 70);
    `,
  },
  {
    number: 10,
    title: "what PostgreSQL cannot look into, also where the index on changes was made before",
    statements: withoutUnstorable,
  },
];

/** Changes when the schema does. */
export function schemaDigest(): string {
  return sha256Hex(JSON.stringify(migrations));
}
