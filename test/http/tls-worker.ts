import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "../support/certificates");

/** The path of a file among the certificates of the tests. */
export function certificate(file: string): string {
  return join(FOLDER, file);
}

export interface TlsCall {
  /** Whose certificate to show: `worker`, `stranger`; none when absent. */
  as?: string;
  headers?: Record<string, string>;
  body?: object;
}

export interface TlsAnswer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, looked at by the tests
  body: any;
  /** The serial number of the server's certificate. */
  serial: string;
}

/** One request over a connection of its own, as a worker with a client certificate makes it. */
export function callOverTls(url: string, method: string, call: TlsCall = {}): Promise<TlsAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      {
        method,
        agent: false,
        ca: readFileSync(certificate("ca.crt")),
        ...(call.as
          ? { cert: readFileSync(certificate(`${call.as}.crt`)), key: readFileSync(certificate(`${call.as}.key`)) }
          : {}),
        headers: { "content-type": "application/json", ...call.headers },
      },
      async (response) => {
        const serial = (response.socket as import("node:tls").TLSSocket).getPeerCertificate().serialNumber;
        let text = "";
        for await (const chunk of response.setEncoding("utf8")) text += chunk;
        resolve({ status: response.statusCode ?? 0, body: text === "" ? null : JSON.parse(text), serial });
      },
    );
    asked.on("error", reject);
    asked.end(call.body === undefined ? undefined : JSON.stringify(call.body));
  });
}
