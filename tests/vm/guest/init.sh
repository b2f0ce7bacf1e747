#!/bin/sh
# The first program in the virtual machine of tools/vm: mounts what programs expect, loads DAHDI, runs the tests that its
# arguments ask for.
/bin/busybox --install -s /bin
mkdir -p /proc /sys /dev /data
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tracefs tracing /sys/kernel/tracing
mount -t devtmpfs dev /dev
mkdir -p /dev/shm /dev/pts /run
mount -t tmpfs shm /dev/shm
mount -t tmpfs data /data
mount -t tmpfs run /run
# The page of the box listens on loopback.
ip link set lo up
# Without this option the spans are there and have no numbers.
insmod /modules/dahdi.ko auto_assign_spans=1
for module in dahdi_dynamic dahdi_dynamic_loc dahdi_echocan_mg2; do insmod /modules/$module.ko; done
echo "guest up after $(cut -d ' ' -f 1 /proc/uptime) s"
cd /data
/bin/vm "$@"
echo "guest ended $?"
poweroff -f
