import { BlockList, isIP } from "node:net";
import { sameText } from "../worker-protocol/signature";

/** A proxy that ends TLS for us and tells the name in the client's certificate. */
export interface TrustedProxy {
  /**
   * The name that a request has by its proxy; `undefined` when it did not come through it: its own connection counts
   * then. A name from anybody else is left aside and counted.
   */
  nameOf(header: (name: string) => string | undefined, address: string | undefined): string | null | undefined;
}

export interface TrustedProxyOptions {
  cnHeader: string;
  /** Addresses, or networks as in `10.0.0.0/8`; the configuration has looked at them. */
  addresses: readonly string[];
  /** What the proxy sends as `X-Proxy-Secret`. */
  secret: string;
}

export function createTrustedProxy(options: TrustedProxyOptions, onIgnored: () => void): TrustedProxy {
  const trusted = networksOf(options.addresses);
  return {
    nameOf(header, address) {
      const name = header(options.cnHeader);
      const secret = header("x-proxy-secret");
      if (isIn(trusted, address) && secret !== undefined && sameText(secret, options.secret)) return name || null;
      if (name !== undefined) onIgnored();
      return undefined;
    },
  };
}

function networksOf(addresses: readonly string[]): BlockList {
  const networks = new BlockList();
  for (const text of addresses) {
    const [address = "", bits] = text.split("/");
    const [family, most] = isIP(address) === 4 ? (["ipv4", 32] as const) : (["ipv6", 128] as const);
    networks.addSubnet(address, bits === undefined ? most : Number(bits), family);
  }
  return networks;
}

/** A socket that listens on IPv6 shows IPv4 addresses as `::ffff:10.0.0.1`. */
function isIn(networks: BlockList, address: string | undefined): boolean {
  const plain = address?.replace(/^::ffff:(?=\d+\.)/i, "") ?? "";
  const family = isIP(plain);
  return family !== 0 && networks.check(plain, family === 4 ? "ipv4" : "ipv6");
}
