# Regions of volatile memory do not outlive power: they are made at each start, as firmware does it. A line is a root
# decoder and the serial numbers of its memory devices in interleave order. Memory devices appear by and by.
serial_of() { cat "/sys/bus/cxl/devices/$1/serial" 2>/dev/null; }
memdev_of() {
  for try in $(seq 100); do
    for path in /sys/bus/cxl/devices/mem*; do
      [ "$(serial_of "${path##*/}")" = "$1" ] && [ -e "$path/driver" ] && echo "${path##*/}" && return
    done
    sleep 0.1
  done
}
make_regions() {
  while read -r decoder serials; do
    memdevs=
    for serial in $serials; do memdevs="$memdevs $(memdev_of "$serial")"; done
    set -- $memdevs
    cxl create-region -t ram -d "$decoder" -w $# -m "$@" >/dev/null ||
      echo "daxfleet-lab: no region of $serials in $decoder" >/dev/console
  done
}
