/** Headers of every answer; what a page may load and run is named, everything else is refused by the browser. */
export function securityHeaders(
  nonce: string,
  isDevelopment: boolean,
  isTls = false,
): Record<string, string> {
  return {
    // Only where people come by https: without TLS in front, a browser that was told so could not come back.
    ...(isTls ? { 'Strict-Transport-Security': 'max-age=31536000' } : {}),
    'Content-Security-Policy': contentSecurityPolicy(nonce, isDevelopment),
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    // Not no-referrer: that turns the Origin of a form post into "null".
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  }
}

function contentSecurityPolicy(nonce: string, isDevelopment: boolean): string {
  // The development server evaluates modules and injects style elements without a nonce.
  const scripts = isDevelopment ? ` 'unsafe-eval'` : ''
  const styles = isDevelopment ? `'unsafe-inline'` : `'nonce-${nonce}'`
  return [
    `default-src 'self'`,
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${scripts}`,
    `style-src 'self' ${styles}`,
    `img-src 'self' data: blob:`,
    `font-src 'self'`,
    `connect-src 'self'`,
    `object-src 'none'`,
    `base-uri 'none'`,
    `form-action 'self'`,
    `frame-ancestors 'none'`,
  ].join('; ')
}
