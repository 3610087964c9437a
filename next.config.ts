import type { NextConfig } from "next";
import createNextIntlPlugin from "next-intl/plugin";

const withNextIntl = createNextIntlPlugin({
  requestConfig: "./app/i18n-request.ts",
  experimental: {
    // The parser of ICU messages stays out of the browser: 10 KB less on every page.
    messages: { path: "./lib/i18n/messages", format: "json", locales: ["en", "es"], precompile: true },
  },
});

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  // Pages and assets; the API compresses its own answers. The security headers are the custom server's.
  compress: true,
  // Their modules hold native or process-wide state, which a bundled second copy would split.
  serverExternalPackages: ["pg", "ioredis", "drizzle-orm", "better-auth"],
  // A start on somebody's machine checks the types of what it builds; tests and tools are checked by `npm run check`.
  typescript: { tsconfigPath: "tsconfig.pages.json" },
  turbopack: { root: import.meta.dirname },
  // Only where Next alone is hosted: `server/main.ts` answers these paths before Next sees them.
  async rewrites() {
    // A place for what may be absent has no value to be put where the request goes.
    const probes = ["/healthz", "/startupz", "/livez", "/livez/:check", "/readyz", "/readyz/:check"];
    const mounted = ["/_worker/:path*", "/_public/:path*", "/process/:id/status", ...probes];
    return { beforeFiles: mounted.map((source) => ({ source, destination: `/api/_mounted${source}` })) };
  },
};

export default withNextIntl(config);
