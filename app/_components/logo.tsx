export function Logo({ size = 18 }: { size?: number }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 18 18" className="shrink-0">
      <clipPath id="logo-round">
        <rect width="18" height="18" rx="4" />
      </clipPath>
      <g clipPath="url(#logo-round)">
        <path d="M0 0h8.5v8.5H0z" className="fill-tier-cxl" />
        <path d="M9.5 0H18v8.5H9.5z" className="fill-tier-hbm" />
        <path d="M0 9.5h8.5V18H0z" className="fill-tier-pmem" />
        <path d="M9.5 9.5H18V18H9.5z" className="fill-tier-dram" />
      </g>
    </svg>
  )
}
