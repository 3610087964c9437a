import { readFileSync, unwatchFile, watchFile } from "node:fs";
import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createSecureContext } from "node:tls";
import { type Config, ConfigError } from "@/server/config";
import type { Log } from "@/server/log";

type Tls = NonNullable<Config["tls"]>;

/** Certificates are renewed every few weeks: this is soon enough, and costs nothing. */
const LOOK_EVERY_MS = 2_000;

/**
 * A server that is not listening yet: plain HTTP, or HTTPS with the files of `tls`, which are read anew when they change.
 * Throws a ConfigError that names the variable of a file that cannot be used.
 */
export function createWebServer(
  tls: Config["tls"],
  options: ServerOptions,
  listener: RequestListener,
  log: Log,
  lookEveryMs = LOOK_EVERY_MS,
): Server {
  if (tls === null) return createServer(options, listener);
  const server = createTlsServer(
    {
      ...options,
      ...readFiles(tls),
      requestCert: tls.caPath !== null,
      // Who shows a certificate of another CA, or none, is let in as somebody without one unless that is forbidden.
      rejectUnauthorized: tls.requireClientCertificate,
    },
    listener,
  );
  server.on("tlsClientError", (error) => log.debug("a TLS handshake failed", { error: error.message }));
  const paths = [tls.certPath, tls.keyPath, tls.caPath].filter((path) => path !== null);
  const reload = () => {
    try {
      server.setSecureContext(readFiles(tls));
      log.info("the TLS certificate was read anew", { path: tls.certPath });
    } catch (error) {
      // As between the writing of the certificate and that of its key.
      log.warn("the changed TLS files cannot be used; the former ones stay", { error });
    }
  };
  for (const path of paths) watchFile(path, { interval: lookEveryMs, persistent: false }, reload);
  server.on("close", () => {
    for (const path of paths) unwatchFile(path, reload);
  });
  return server;
}

/** Reads and checks them together. */
function readFiles(tls: Tls): { cert: Buffer; key: Buffer; ca?: Buffer } {
  const files = {
    cert: readNamed("TLS_CERT_PATH", tls.certPath),
    key: readNamed("TLS_KEY_PATH", tls.keyPath),
    ...(tls.caPath === null ? {} : { ca: readNamed("TLS_CA_PATH", tls.caPath) }),
  };
  try {
    createSecureContext(files);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new ConfigError([
      `TLS_CERT_PATH, TLS_KEY_PATH and TLS_CA_PATH must be PEM files that belong together: ${why}`,
    ]);
  }
  return files;
}

function readNamed(variable: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new ConfigError([`${variable} must be a file that can be read: ${(cause as Error).message}`]);
  }
}
