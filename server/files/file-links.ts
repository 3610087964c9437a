import { createHmac, timingSafeEqual } from "node:crypto";

export type LinkMethod = "GET" | "PUT";

/** What a link allows: one method on one file of a job, until then. */
export interface LinkGrant {
  method: LinkMethod;
  jobId: string;
  name: string;
  /** Seconds since 1970. */
  expires: number;
}

/** Makes and checks links that need no token: whoever has one may use it until it expires. */
export interface FileLinks {
  /** Path and query of the link. */
  make(grant: LinkGrant): string;
  /** Whether the signature is ours, and the time has not come. */
  good(grant: LinkGrant, signature: string): boolean;
}

/** `secret`: the installation's; the key of the links is made of it and is good for nothing else. */
export function fileLinks(secret: string, now: () => number = Date.now): FileLinks {
  const key = createHmac("sha256", secret).update("links to files of jobs").digest();
  const sign = ({ method, jobId, name, expires }: LinkGrant) =>
    createHmac("sha256", key)
      .update(JSON.stringify([method, jobId, name, expires]))
      .digest();
  return {
    make(grant) {
      const query = `expires=${grant.expires}&signature=${sign(grant).toString("base64url")}`;
      return `/_public/files/${grant.jobId}/${encodeURIComponent(grant.name)}?${query}`;
    },
    good(grant, signature) {
      const given = Buffer.from(signature, "base64url");
      const wanted = sign(grant);
      return given.length === wanted.length && timingSafeEqual(given, wanted) && grant.expires * 1000 > now();
    },
  };
}
