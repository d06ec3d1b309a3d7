/**
 * Signing in, on the wire: who asks and how they came in, their sessions and passkeys, invitations, and
 * the providers an operator trusts. Secrets travel in bodies only, and only towards the server.
 */
import { z } from "zod";

/** A user's name, as it is typed; the domain says which ones are possible. */
const userName = z.string().min(1).max(200);
/** Twelve characters at least; what else is asked of one is told when it is refused. */
const password = z.string().min(1).max(1024);
const label = z.string().min(1).max(100);
const secretText = z.string().min(1).max(200);

/** How somebody came in. `machine`: with a link that the admin token of this machine made. */
const way = z.enum(["password", "passkey", "provider", "invitation", "machine"]);

const base64url = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[A-Za-z0-9_-]+$/, "base64url");

const passkeyAnswer = {
  id: base64url(1400),
  rawId: base64url(1400),
  type: z.literal("public-key"),
  authenticatorAttachment: z.enum(["platform", "cross-platform"]).optional(),
  clientExtensionResults: z.record(z.string(), z.unknown()).default({}),
};

/** What `navigator.credentials.create()` gave, by `toJSON()`. */
export const passkeyCreated = z.object({
  ...passkeyAnswer,
  response: z.object({
    clientDataJSON: base64url(8_192),
    attestationObject: base64url(65_536),
    transports: z.array(z.string().max(40)).max(10).optional(),
  }),
});

/** What `navigator.credentials.get()` gave, by `toJSON()`. */
export const passkeyUsed = z.object({
  ...passkeyAnswer,
  response: z.object({
    clientDataJSON: base64url(8_192),
    authenticatorData: base64url(8_192),
    signature: base64url(4_096),
    userHandle: base64url(200).optional(),
  }),
});

/** For `PublicKeyCredential.parseCreationOptionsFromJSON` and `…RequestOptionsFromJSON`. */
export const passkeyOptions = z.object({ publicKey: z.record(z.string(), z.unknown()) });

/** What the sign-in page offers. */
export const signInWays = z.object({
  /** False: nobody was invited yet, and the terminal of `tidegate up` tells how to begin. */
  hasUsers: z.boolean(),
  /** False under an address without a name, such as 127.0.0.1; `passkeysAt` has them then. */
  hasPasskeys: z.boolean(),
  passkeysAt: z.string().optional(),
  /** Sign-in with another account: open `startUrl`, with `?return=/path` to come back to. */
  providers: z.array(z.object({ name: z.string(), title: z.string(), startUrl: z.string() })),
});

export const session = z.object({
  id: z.string(),
  way,
  createdAt: z.number(),
  lastUsedAt: z.number(),
  /** When it ends whatever happens; unused, it ends earlier. */
  expiresAt: z.number(),
  address: z.string(),
  /** The browser as it names itself; untrusted text. */
  userAgent: z.string(),
  isCurrent: z.boolean(),
});

export const sessionList = z.object({ sessions: z.array(session) });

/** Who asks. Without `session`, they came with a token. Without `user`, it is the machine itself. */
export const whoAmI = z.object({
  actor: z.string(),
  user: z
    .object({
      id: z.string(),
      name: z.string(),
      hasPassword: z.boolean(),
      passkeys: z.number(),
    })
    .optional(),
  session: session.optional(),
  /** Until then, passkeys and the password may be changed without signing in once more. */
  freshUntilAt: z.number().optional(),
});

export const passwordSignIn = z.strictObject({ user: userName, password });
export const passkeySignIn = z.strictObject({ passkey: passkeyUsed });
/** The part of a sign-in link after `#link=`. */
export const linkSignIn = z.strictObject({ link: secretText });
export const signedOut = z.object({ ended: z.number() });

export const signInLink = z.object({ url: z.string(), expiresAt: z.number() });

/**
 * What becomes of the tokens that one has made oneself, and of one's SSH keys: whoever was in as one may have
 * made some.
 */
const tokensThen = z.enum(["end", "keep"]).default("end");
export const othersOut = z.strictObject({ tokens: tokensThen });
export const othersEnded = z.object({
  sessionsEnded: z.number(),
  tokensEnded: z.number(),
  sshKeysEnded: z.number(),
});

/** `current` is left out by somebody who has no password yet. */
export const passwordChange = z.strictObject({
  current: password.optional(),
  password,
  tokens: tokensThen,
  /** What becomes of one's passkeys but the one by which one came in; the first password ends none. */
  passkeys: tokensThen,
});
export const passwordChanged = z.object({
  changedAt: z.number(),
  ...othersEnded.shape,
  passkeysEnded: z.number(),
});

export const passkey = z.object({
  id: z.string(),
  label: z.string(),
  createdAt: z.number(),
  lastUsedAt: z.number().optional(),
  /** Whether it is copied between its owner's devices. */
  isSynced: z.boolean(),
  /** Whether the present session came in by it. */
  isCurrent: z.boolean(),
});
export const passkeyList = z.object({ passkeys: z.array(passkey) });
export const passkeyAdd = z.strictObject({ label, passkey: passkeyCreated });
export const passkeyRename = z.strictObject({ label });

const provider = z.object({
  name: z.string(),
  title: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  /** What to register at the provider as the redirect URI. */
  callbackUrl: z.string(),
  /** Only addresses of these domains, verified by the provider; empty: any. */
  emailDomains: z.array(z.string()),
  /** Whether somebody who signs in for the first time becomes a user. */
  createsUsers: z.boolean(),
  /** The claim that lists somebody's groups, and which team each of them is. */
  teams: z.object({ claim: z.string(), byGroup: z.record(z.string(), z.string()) }).optional(),
  createdAt: z.number(),
});
export const providerResource = provider;
export const providerList = z.object({ providers: z.array(provider) });

const url = z.string().max(500);
export const providerPut = z.strictObject({
  title: z.string().min(1).max(60).optional(),
  issuer: url,
  clientId: z.string().min(1).max(300),
  /** Left out to keep the one that is there. Never shown again. */
  clientSecret: z.string().min(1).max(2_000).optional(),
  emailDomains: z.array(z.string().min(1).max(253)).max(50).default([]),
  createsUsers: z.boolean().default(false),
  teams: z
    .strictObject({
      claim: z.string().min(1).max(100),
      byGroup: z.record(z.string().max(200), z.string().max(100)),
    })
    .optional(),
});

export type SignInWaysResource = z.output<typeof signInWays>;
export type SessionResource = z.output<typeof session>;
export type WhoAmIResource = z.output<typeof whoAmI>;
export type PasskeyResource = z.output<typeof passkey>;
export type ProviderResource = z.output<typeof provider>;
export type PasskeyCreated = z.output<typeof passkeyCreated>;
export type PasskeyUsed = z.output<typeof passkeyUsed>;
export { label, password, secretText, userName };
