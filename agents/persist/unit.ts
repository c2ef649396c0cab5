export const PROGRAM_NAME = 'agent'

/** What tells our unit from one that somebody else has put there. */
export const OWN_LINE = '# Written by Daxfleet.'

/** No start of the host waits longer for it than this. */
const TIMEOUT_SECONDS = 600

/**
 * The unit that brings devices back as the host starts: this text and no other is what a plan shows. It may write to
 * sysfs, which ProtectKernelTunables would forbid, and to Daxfleet's own folders; a hook is inside the same walls.
 */
export function unitText(program: string): string {
  return `${OWN_LINE} What it converts lies in /etc/daxfleet/persist.d, a file for each device.
[Unit]
Description=Converts memory again that Daxfleet was told to bring back at each start
ConditionDirectoryNotEmpty=/etc/daxfleet/persist.d
Wants=systemd-udev-settle.service
After=systemd-udev-settle.service systemd-modules-load.service local-fs.target
Before=kubelet.service

[Service]
Type=oneshot
ExecStart=${program} boot
StandardInput=null
TimeoutStartSec=${TIMEOUT_SECONDS}
SendSIGKILL=no
OOMScoreAdjust=-900
StateDirectory=daxfleet
StateDirectoryMode=0700
RuntimeDirectory=daxfleet
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=yes
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=CAP_SYS_ADMIN CAP_SYS_MODULE CAP_SYS_PTRACE CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_KILL
ProtectSystem=strict
ProtectHome=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectClock=yes
ProtectHostname=yes
PrivateTmp=yes
PrivateNetwork=yes
RestrictAddressFamilies=AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native

[Install]
WantedBy=multi-user.target
`
}
