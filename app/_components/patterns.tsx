/** Fills by pattern, defined once for every strip and bar on the page, so that colour never stands alone. */
export function Patterns() {
  return (
    <svg aria-hidden="true" width="0" height="0" className="absolute">
      <defs>
        <pattern
          id="fill-hatch"
          width="5"
          height="5"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect width="2" height="5" className="fill-tier-convertible" />
        </pattern>
        <pattern
          id="fill-cross"
          width="4"
          height="4"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <path d="M0 0H4M0 0V4" className="stroke-lost" strokeWidth="2" />
        </pattern>
        <pattern id="fill-dots" width="4" height="4" patternUnits="userSpaceOnUse">
          <circle cx="1" cy="1" r="0.9" className="fill-surface" />
          <circle cx="3" cy="3" r="0.9" className="fill-surface" />
        </pattern>
        <pattern id="fill-lines" width="4" height="4" patternUnits="userSpaceOnUse">
          <rect width="1" height="4" className="fill-surface" />
        </pattern>
        <pattern
          id="fill-stripes"
          width="4"
          height="4"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect width="1" height="4" className="fill-surface" opacity="0.45" />
        </pattern>
        <pattern id="fill-rules" width="4" height="4" patternUnits="userSpaceOnUse">
          <rect y="1" width="4" height="1" className="fill-surface" />
        </pattern>
      </defs>
    </svg>
  )
}
