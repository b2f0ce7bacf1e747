/* SPDX-License-Identifier: GPL-2.0-only
 *
 * pri_peer on a span of DAHDI instead of sockets: the D-channel, and the audio of all B-channels. Of an E1 whose first
 * channel is numbered FIRST, timeslot n is channel FIRST + n - 1 and the D-channel is timeslot 16; a T1 (--t1) has 24
 * timeslots in µ-law and its D-channel is the last.
 *
 * The span is the clock. Each channel goes at its own phase: for every block of 80 octets that it has heard, it says the
 * next one. The clips and keys are those of player.h, whose tick is that of timeslot 1.
 * Sources: dahdi/user.h (SPECIFY, SET_BUFINFO, AUDIOMODE, GETEVENT, BUFFER_EVENTS); a pending event ends reads and writes
 * with errno 500, ELAST there.
 */
#include <dahdi/user.h>
#include <sys/ioctl.h>

static int d_slot = 16, last_slot = 31;

static void be_t1(void)
{
	mulaw = 1;
	d_slot = last_slot = 24;
}

#define AHEAD 4					/* blocks said before the first is heard: 40 ms, for a clock that comes in 4 ms */

struct wires {
	int first;				/* 0: there is no span */
	int fd[SLOTS];				/* by timeslot; -1 while unplugged */
	unsigned long events, underruns, overruns;
};

static int channel_open(int number, int blocks, int octets)
{
	struct dahdi_bufferinfo b = { .txbufpolicy = DAHDI_POLICY_IMMEDIATE, .rxbufpolicy = DAHDI_POLICY_IMMEDIATE,
		.numbufs = blocks, .bufsize = octets };
	int fd = open("/dev/dahdi/channel", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, DAHDI_SPECIFY, &number) || ioctl(fd, DAHDI_SET_BUFINFO, &b)) {
		fprintf(stderr, "channel %d: %s\n", number, strerror(errno));
		if (fd >= 0) close(fd);
		return -1;
	}
	return fd;
}

static int b_channel(int number)
{
	int on = 1, law = mulaw ? DAHDI_LAW_MULAW : DAHDI_LAW_ALAW, all = DAHDI_FLUSH_ALL, fd = channel_open(number, 8, TICK);
	uint8_t silence[TICK];
	if (fd < 0) return -1;
	if (ioctl(fd, DAHDI_AUDIOMODE, &on) || ioctl(fd, DAHDI_SETLAW, &law) || ioctl(fd, DAHDI_BUFFER_EVENTS, &on)) {
		fprintf(stderr, "channel %d: %s\n", number, strerror(errno));
		close(fd);
		return -1;
	}
	ioctl(fd, DAHDI_FLUSH, &all);
	memset(silence, SILENCE, sizeof silence);
	for (int i = 0; i < AHEAD; i++) if (write(fd, silence, TICK) != TICK) break;
	return fd;
}

/* Opens all channels; whether all are there. */
static int plug(struct wires *w)
{
	int there = 1;
	for (int ts = 1; ts <= last_slot; ts++) {
		int number = w->first + ts - 1;
		w->fd[ts] = ts == d_slot ? channel_open(number, 32, 1024) : b_channel(number);
		there &= w->fd[ts] >= 0;
	}
	return there;
}

static void unplug(struct wires *w)
{
	for (int ts = 1; ts <= last_slot; ts++) {
		if (w->fd[ts] >= 0) close(w->fd[ts]);
		w->fd[ts] = -1;
	}
}

static void line_event(struct wires *w, int ts)
{
	int event = 0;
	if (ioctl(w->fd[ts], DAHDI_GETEVENT, &event) || event == DAHDI_EVENT_NONE) return;
	w->events++;
	w->underruns += event == DAHDI_EVENT_WRITE_UNDERRUN;
	w->overruns += event == DAHDI_EVENT_READ_OVERRUN;
}

/* A frame with room for the check sequence, which the kernel writes. */
static ssize_t span_put(int fd, const void *frame, size_t octets)
{
	uint8_t checked[2048];
	if (octets > sizeof checked - 2) return -1;
	memcpy(checked, frame, octets);
	memset(checked + octets, 0, 2);
	return write(fd, checked, octets + 2);
}

/* A frame without its check sequence, which the kernel has checked. `room` does not count those two octets. */
static ssize_t span_take(int fd, void *frame, size_t room)
{
	ssize_t n = read(fd, frame, room + 2);
	return n < 2 ? n : n - 2;
}

/* What a timeslot has heard, and as much said. */
static void exchange_blocks(struct wires *w, struct player *p, int ts)
{
	uint8_t block[TICK];
	for (;;) {
		ssize_t n = read(w->fd[ts], block, TICK);
		if (n < 0 && errno == ELAST) { line_event(w, ts); continue; }
		if (n != TICK) return;
		hear(&p->slot[ts], block);
		say(p, &p->slot[ts], block);
		while (write(w->fd[ts], block, TICK) < 0 && errno == ELAST) line_event(w, ts);
		if (ts == 1) p->tick++;
	}
}

static void exchange_all(struct wires *w, struct player *p)
{
	for (int ts = 1; ts <= last_slot; ts++) if (ts != d_slot && w->fd[ts] >= 0) exchange_blocks(w, p, ts);
}
