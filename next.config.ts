import type { NextConfig } from 'next'

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  typedRoutes: true,
  // No page uses the optimiser: left on, it fetches this server's own addresses for anybody who asks.
  images: { unoptimized: true },
  // `npm test` checks types, tests included; a start on somebody's machine only builds.
  typescript: { ignoreBuildErrors: true },
  // Asked for by browsers wherever a page has not named its icon yet.
  rewrites: async () => [{ source: '/favicon.ico', destination: '/icon.svg' }],
  // Loaded from node_modules as they are: native parts, dynamic requires, one copy a process.
  serverExternalPackages: [
    'ssh2',
    'pg',
    '@prisma/client',
    '@prisma/adapter-pg',
    'graphile-worker',
    'better-auth',
    'prom-client',
  ],
}

export default config
