/* SPDX-License-Identifier: GPL-2.0-only
 *
 * pri_peer - an independent ISDN PRI test peer and self-test, driven without
 * hardware.  Original code written against the public libpri API only
 * (<libpri.h>, Debian package libpri-dev).  Test tool: never shipped in an image.
 *
 * This program is free software; you can redistribute it and/or modify it under
 * the terms of version 2 of the GNU General Public License as published by the
 * Free Software Foundation.  It links libpri, which is under that licence; the
 * rest of Ringfence is not, is never linked with it, and talks to it over sockets.
 *
 *   cc -O2 -Wall -Wextra -o pri_peer pri_peer.c -lpri -lm
 *
 *   pri_peer selftest [--pcap F]       two libpri ends, virtual clock, asserts
 *   pri_peer bench [--calls N]         two libpri ends, calls per second
 *   pri_peer torture [--calls N] [--conc SEED]  damaged layer 3 on both ends
 *   pri_peer peer  (--fd N | --connect PATH | --listen PATH) --role nt|te
 *                  [--switch euro|qsig|ni2|dms100|5ess|4ess|ni1] [--overlap]
 *                  [--fcs] [--auto] [--pcap F] [--debug MASK]
 *                  [--audio PATH] [--reconnect] [--stepped] [--backup PATH]
 *   pri_peer peer  --dahdi FIRST [--t1] ...    on a span of DAHDI whose first channel is FIRST (dahdi.h), instead of
 *                  sockets; where it was built with -DWITH_DAHDI. Then: unplug | plug | wires
 *
 * With --listen it says LISTENING when it can be connected to.
 *
 * Transport: one LAPD frame per SOCK_SEQPACKET message, first octet = address
 * octet 1.  Default: no FCS on the wire.  --fcs appends/strips a real X.25 FCS.
 * In peer mode commands come on stdin, events leave on stdout, one JSON per line.
 * Commands: setup called= caller= name= chan= excl= complete= cap= redir= uui=
 *   keypad= calledsub= pres= | proceeding alert progress setupack answer id= chan=
 *   inband= | info id= digits= | keypad id= digits= | notify id= value= | hold id=
 *   | retrieve id= chan= | hangup id= cause= | reject id= cause= | reset chan= |
 *   service chan= status= | timer name= ms= | loss permille= | corrupt permille= |
 *   cut on= | debug mask=
 *   | stats | step to= | quit; and those of services.h
 * With --audio (player.h; one SEQPACKET message a tick, this process is the clock):
 *   play ts= file= loop= at= | tones ts= digits= | capture ts= file= |
 *   capture off ts= | expect ts= file= | expect off ts= | silence ts=
 *   (expect: the file is octets of the line, heard again and again; EXPECTED counts good and bad ones)
 *   at= is a moment of the audio clock in ms (tick number x 10); past or absent = now.
 *   Events: AUDIO_UP, AUDIO_EOF, PLAYS (at_us: CLOCK_MONOTONIC), PLAYED, TONES_SENT, CAPTURED (level, speech_ms).
 * With --reconnect a lost socket is tried again until it is back: LINK_EOF, then
 *   LINK_BACK; without it LINK_EOF ends the program.
 * With --stepped the clock stands still and is moved by `step to=`, in us since the start: all frames that are there
 *   and all timers up to that moment are handled, then it answers
 *   {"step":TO,"sent":FRAMES,"sent_backup":FRAMES,"next":US or -1,"cpu_us":N}: how many frames it has sent in all, when
 *   its next timer is due, how much CPU it has used. After STEPPED_CPU_S seconds of CPU the system ends it.
 * With --stepped and --backup (NFAS) a second D-channel listens at PATH and shares the calls of the first (pri_enslave).
 *   Commands go over the one in service: the first whose link is up, until its link is down or SERVICE names the other;
 *   libpri leaves that to its owner. `interface n=` is the line that chan= is on from then on; events tell it as "interface", and as "backup":1 that they
 *   came over the second D-channel.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libpri.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "player.h"

/* ---- clock: libpri schedules with gettimeofday(); we interpose it ---------- */
static int virtual_clock;
static int64_t vnow_us = 1700000000LL * 1000000;

static int64_t mono_us(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int64_t now_us(void) { return virtual_clock ? vnow_us : mono_us(); }

int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
	int64_t t = now_us();
	(void) tz;
	tv->tv_sec = t / 1000000;
	tv->tv_usec = t % 1000000;
	return 0;
}

/* ---- pcap ------------------------------------------------------------------ */
static FILE *pcap;
static int pcap_linux_lapd = 1;	/* 177 keeps direction, 203 is bare LAPD */

static void pcap_open(const char *path)
{
	uint32_t h[6] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, pcap_linux_lapd ? 177 : 203 };
	pcap = fopen(path, "wb");
	if (!pcap) { perror(path); exit(2); }
	fwrite(h, sizeof(h), 1, pcap);
}

static void pcap_frame(int from_net, const uint8_t *b, int n)
{
	uint8_t ph[16] = { 0 };
	uint32_t h[4];
	int64_t t = now_us();
	int extra = pcap_linux_lapd ? 16 : 0;
	if (!pcap) return;
	h[0] = t / 1000000; h[1] = t % 1000000; h[2] = h[3] = n + extra;
	fwrite(h, sizeof(h), 1, pcap);
	if (extra) {
		ph[1] = from_net ? 4 : 0;	/* sll type: 4 = outgoing (we trace at the NT) */
		ph[2] = 0x20; ph[3] = 0xfd;	/* ARPHRD_LAPD 8445 */
		ph[5] = 1;			/* address length */
		ph[6] = 1;			/* address[0]: 1 = captured at the network side */
		ph[15] = 0x30;			/* ETH_P_LAPD */
		fwrite(ph, 16, 1, pcap);
	}
	fwrite(b, n, 1, pcap);
}

/* ---- FCS (CRC-16/X.25) ----------------------------------------------------- */
static uint16_t fcs16(const uint8_t *p, int n)
{
	uint16_t c = 0xffff;
	while (n--) {
		c ^= *p++;
		for (int i = 0; i < 8; i++) c = c & 1 ? c >> 1 ^ 0x8408 : c >> 1;
	}
	return ~c;
}

/* ---- one D-channel end ----------------------------------------------------- */
#define NCALL 4096
struct evrec {
	int e, chan, cause, complete, progressmask, info;
	int64_t t;
	q931_call *call;
	char called[64], calling[64], name[64], redir[64], uui[64], keypad[64], sub[32];
};
struct end {
	const char *tag;
	struct pri *pri;
	int fd, net, sw, fcs, cut, trace_pcap, up;
	ssize_t (*put)(int fd, const void *frame, size_t octets), (*take)(int fd, void *frame, size_t room);
	unsigned loss_pm, corrupt_pm, rng;	/* per mille: frames lost, I-frames with damaged layer 3 */
	unsigned long tx, rx, dropped, corrupted;
	struct evrec log[256];
	unsigned nlog;
	void (*on)(struct end *, pri_event *, struct evrec *);
	q931_call *calls[NCALL];	/* of a backup D-channel: those of the first */
	unsigned long done;
};

static unsigned rnd(struct end *x)
{
	x->rng ^= x->rng << 13; x->rng ^= x->rng >> 17; x->rng ^= x->rng << 5;
	return x->rng;
}

static ssize_t socket_put(int fd, const void *frame, size_t octets) { return send(fd, frame, octets, MSG_DONTWAIT | MSG_NOSIGNAL); }
static ssize_t socket_take(int fd, void *frame, size_t room) { return recv(fd, frame, room, MSG_DONTWAIT); }

/* libpri hands us frame + 2 octets reserved for the FCS and expects len back. */
static int io_write(struct pri *pri, void *buf, int len)
{
	struct end *x = pri_get_userdata(pri);
	uint8_t f[2048];
	int n = len - 2;
	if (n < 3 || n > (int) sizeof(f) - 2) return len;
	x->tx++;
	if (x->cut || (x->loss_pm && rnd(x) % 1000 < x->loss_pm)) { x->dropped++; return len; }
	memcpy(f, buf, n);
	if (x->corrupt_pm && !(f[2] & 1) && n > 8 && rnd(x) % 1000 < x->corrupt_pm) {
		int k = 1 + rnd(x) % 3;
		while (k--) f[4 + rnd(x) % (n - 4)] = rnd(x);
		if (rnd(x) % 4 == 0) n = 5 + rnd(x) % (n - 4);
		x->corrupted++;
	}
	if (x->trace_pcap) pcap_frame(x->net, f, n);
	if (x->fcs) {
		uint16_t c = fcs16(f, n);
		f[n++] = c & 255; f[n++] = c >> 8;
	}
	if (x->put(x->fd, f, n) < 0) x->dropped++;
	return len;
}

/* We return frame + 2: libpri drops the last two octets without looking. */
static int io_read(struct pri *pri, void *buf, int len)
{
	struct end *x = pri_get_userdata(pri);
	int n = x->take(x->fd, buf, len - 2);
	if (n <= 0) return 0;
	if (x->cut) return 0;
	if (x->fcs) {
		if (n < 5 || fcs16(buf, n - 2) != (((uint8_t *) buf)[n - 2] | ((uint8_t *) buf)[n - 1] << 8)) return 0;
		n -= 2;
	}
	x->rx++;
	if (x->trace_pcap == 2) pcap_frame(!x->net, buf, n);
	memset((uint8_t *) buf + n, 0, 2);
	return n + 2;
}

static void open_end(struct end *x, const char *tag, int fd, int net, int sw)
{
	memset(x, 0, sizeof(*x));
	x->tag = tag; x->fd = fd; x->net = net; x->sw = sw; x->rng = 2463534242u + net;
	x->trace_pcap = 1;
	x->put = socket_put; x->take = socket_take;
	x->pri = pri_new_cb(fd, net ? PRI_NETWORK : PRI_CPE, sw, io_read, io_write, x);
	if (!x->pri) { fprintf(stderr, "pri_new_cb failed\n"); exit(2); }
	pri_facility_enable(x->pri);
	pri_hangup_fix_enable(x->pri, 1);
}

static void cpy(char *d, size_t n, const char *s)
{
	size_t l = s ? strnlen(s, n - 1) : 0;
	if (l) memcpy(d, s, l);
	d[l] = 0;
}

static void flatten(struct evrec *r, pri_event *e)
{
	memset(r, 0, sizeof(*r));
	r->e = e->e; r->t = now_us();
	switch (e->e) {
	case PRI_EVENT_RING:
	case PRI_EVENT_INFO_RECEIVED:
		r->call = e->ring.call; r->chan = e->ring.channel; r->complete = e->ring.complete;
		r->progressmask = e->ring.progressmask;
		cpy(r->called, sizeof r->called, e->ring.callednum);
		cpy(r->calling, sizeof r->calling, e->ring.callingnum);
		cpy(r->name, sizeof r->name, e->ring.callingname);
		cpy(r->redir, sizeof r->redir, e->ring.redirectingnum);
		cpy(r->uui, sizeof r->uui, e->ring.useruserinfo);
		cpy(r->keypad, sizeof r->keypad, e->ring.keypad_digits);
		cpy(r->sub, sizeof r->sub, e->ring.called_subaddress.valid ? (char *) e->ring.called_subaddress.data : "");
		r->info = e->ring.flexible;
		break;
	case PRI_EVENT_HANGUP: case PRI_EVENT_HANGUP_REQ: case PRI_EVENT_HANGUP_ACK:
		r->call = e->hangup.call; r->chan = e->hangup.channel; r->cause = e->hangup.cause;
		cpy(r->uui, sizeof r->uui, e->hangup.useruserinfo);
		break;
	case PRI_EVENT_RINGING:
		r->call = e->ringing.call; r->chan = e->ringing.channel; r->progressmask = e->ringing.progressmask; break;
	case PRI_EVENT_ANSWER:
		r->call = e->answer.call; r->chan = e->answer.channel; r->progressmask = e->answer.progressmask; break;
	case PRI_EVENT_PROCEEDING: case PRI_EVENT_PROGRESS:
		r->call = e->proceeding.call; r->chan = e->proceeding.channel;
		r->progressmask = e->proceeding.progressmask; r->cause = e->proceeding.cause; break;
	case PRI_EVENT_SETUP_ACK: r->call = e->setup_ack.call; r->chan = e->setup_ack.channel; break;
	case PRI_EVENT_NOTIFY: r->call = e->notify.call; r->info = e->notify.info; r->chan = e->notify.channel; break;
	case PRI_EVENT_KEYPAD_DIGIT: r->call = e->digit.call; cpy(r->keypad, sizeof r->keypad, e->digit.digits); break;
	case PRI_EVENT_RESTART: case PRI_EVENT_RESTART_ACK: r->chan = e->restart.channel; break;
	case PRI_EVENT_SERVICE: case PRI_EVENT_SERVICE_ACK:
		r->chan = e->service.channel; r->info = e->service.changestatus; break;
	case PRI_EVENT_HOLD: r->call = e->hold.call; r->chan = e->hold.channel; break;
	case PRI_EVENT_HOLD_ACK: r->call = e->hold_ack.call; break;
	case PRI_EVENT_HOLD_REJ: r->call = e->hold_rej.call; r->cause = e->hold_rej.cause; break;
	case PRI_EVENT_RETRIEVE: r->call = e->retrieve.call; r->chan = e->retrieve.channel; break;
	case PRI_EVENT_RETRIEVE_ACK: r->call = e->retrieve_ack.call; r->chan = e->retrieve_ack.channel; break;
	case PRI_EVENT_RETRIEVE_REJ: r->call = e->retrieve_rej.call; r->cause = e->retrieve_rej.cause; break;
	case PRI_EVENT_CONNECT_ACK: r->call = e->connect_ack.call; r->chan = e->connect_ack.channel; break;
	case PRI_EVENT_FACILITY:
		r->call = e->facility.call; cpy(r->name, sizeof r->name, e->facility.callingname);
		cpy(r->calling, sizeof r->calling, e->facility.callingnum); break;
	}
}

static void dispatch(struct end *x, pri_event *e)
{
	struct evrec r;
	if (!e) return;
	flatten(&r, e);
	x->log[x->nlog++ % 256] = r;
	if (x->on) x->on(x, e, &r);
}

static int readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	return poll(&p, 1, 0) == 1;
}

static int timer_due(struct end *x, int64_t *when)
{
	struct timeval *tv = pri_schedule_next(x->pri);
	if (!tv) return 0;
	*when = (int64_t) tv->tv_sec * 1000000 + tv->tv_usec;
	return 1;
}

/* Run both ends until `until` (us), advancing the virtual clock when idle. */
static void run_pair(struct end *a, struct end *b, int64_t until, int (*stop)(void *), void *arg)
{
	struct end *v[2] = { a, b };
	for (;;) {
		int busy = 0;
		for (int i = 0; i < 2; i++) {
			while (readable(v[i]->fd)) { busy = 1; dispatch(v[i], pri_check_event(v[i]->pri)); if (stop && stop(arg)) return; }
			for (;;) {
				int64_t w;
				if (!timer_due(v[i], &w) || w > now_us()) break;
				dispatch(v[i], pri_schedule_run(v[i]->pri)); busy = 1;
				if (stop && stop(arg)) return;
			}
		}
		if (busy) continue;
		if (stop && stop(arg)) return;
		int64_t next = until, w;
		for (int i = 0; i < 2; i++) if (timer_due(v[i], &w) && w < next) next = w;
		if (now_us() >= until) return;
		if (virtual_clock) vnow_us = next > vnow_us ? next : vnow_us + 1;
		else {
			struct pollfd p[2] = { { .fd = a->fd, .events = POLLIN }, { .fd = b->fd, .events = POLLIN } };
			int64_t ms = (next - now_us()) / 1000 + 1;
			poll(p, 2, ms < 0 ? 0 : ms > 1000 ? 1000 : ms);
		}
	}
}

/* ---- self-test ------------------------------------------------------------- */
static struct end NT, TE;
static int fails, checks;
#define CHECK(c, ...) do { checks++; if (!(c)) { fails++; printf("  FAIL line %d: %s ", __LINE__, #c); printf(" " __VA_ARGS__); puts(""); } } while (0)
static void secs(double s) { run_pair(&NT, &TE, now_us() + (int64_t) (s * 1e6), NULL, NULL); }

static struct evrec *last(struct end *x, int ev)
{
	unsigned lo = x->nlog > 256 ? x->nlog - 256 : 0;
	for (unsigned i = x->nlog; i-- > lo;) if (x->log[i % 256].e == ev) return &x->log[i % 256];
	return NULL;
}
static int count(struct end *x, int ev)
{
	int n = 0;
	unsigned lo = x->nlog > 256 ? x->nlog - 256 : 0;
	for (unsigned i = lo; i < x->nlog; i++) n += x->log[i % 256].e == ev;
	return n;
}
static void clr(void) { NT.nlog = TE.nlog = 0; memset(NT.log, 0, sizeof NT.log); memset(TE.log, 0, sizeof TE.log); }

static int ring_policy;	/* 0 proceed+alert+answer, 1 reject 17, 2 proceed+alert only, 3 silent, 4 overlap then full, 5 inband progress+disc, 6 proceeding only */
static char overlap_want[32];

static void selftest_on(struct end *x, pri_event *e, struct evrec *r)
{
	switch (r->e) {
	case PRI_EVENT_RING:
		switch (ring_policy) {
		/* libpri 1.6.0 sends nothing when a SETUP is refused with an ordinary cause
		 * before any other answer; so answer with CALL PROCEEDING first. */
		case 1: pri_proceeding(x->pri, r->call, r->chan, 0); pri_hangup(x->pri, r->call, PRI_CAUSE_USER_BUSY); break;
		case 7: pri_hangup(x->pri, r->call, PRI_CAUSE_UNALLOCATED); break;
		case 3: break;
		case 4:
			if (!r->complete && strcmp(r->called, overlap_want)) { pri_setup_ack(x->pri, r->call, r->chan, 0, 1); break; }
			/* fall through */
		case 0:
			pri_proceeding(x->pri, r->call, r->chan, 0);
			pri_acknowledge(x->pri, r->call, r->chan, 0);
			pri_answer(x->pri, r->call, r->chan, 0);
			break;
		case 2: pri_proceeding(x->pri, r->call, r->chan, 0); pri_acknowledge(x->pri, r->call, r->chan, 1); break;
		case 5: pri_proceeding(x->pri, r->call, r->chan, 0); pri_progress_with_cause(x->pri, r->call, r->chan, 1, PRI_CAUSE_UNALLOCATED); break;
		case 6: pri_proceeding(x->pri, r->call, r->chan, 0); break;
		}
		break;
	case PRI_EVENT_INFO_RECEIVED: {
		static char acc[64]; static q931_call *c;
		if (c != r->call) { c = r->call; acc[0] = 0; struct evrec *ring = last(x, PRI_EVENT_RING); if (ring) cpy(acc, sizeof acc, ring->called); }
		strncat(acc, r->called, sizeof acc - strlen(acc) - 1);
		if (!strcmp(acc, overlap_want)) {
			cpy(x->log[(x->nlog - 1) % 256].name, 64, acc);
			pri_proceeding(x->pri, r->call, r->chan, 0);
			pri_acknowledge(x->pri, r->call, r->chan, 0);
			pri_answer(x->pri, r->call, r->chan, 0);
			c = NULL;
		}
		break; }
	case PRI_EVENT_HANGUP_REQ: case PRI_EVENT_HANGUP: case PRI_EVENT_HANGUP_ACK:
		pri_hangup(x->pri, r->call, r->cause);
		x->done++;
		break;
	case PRI_EVENT_HOLD: pri_hold_ack(x->pri, r->call); break;
	case PRI_EVENT_RETRIEVE: pri_retrieve_ack(x->pri, r->call, e->retrieve.channel ? e->retrieve.channel : 1); break;
	}
}

static q931_call *dial(struct end *x, int chan, const char *caller, const char *name, const char *called, int complete)
{
	q931_call *c = pri_new_call(x->pri);
	struct pri_sr *sr = pri_sr_new();
	pri_sr_set_channel(sr, chan, 1, 0);
	pri_sr_set_bearer(sr, PRI_TRANS_CAP_SPEECH, PRI_LAYER_1_ALAW);
	pri_sr_set_called(sr, (char *) called, PRI_UNKNOWN, complete);
	pri_sr_set_caller(sr, (char *) caller, (char *) name, PRI_NATIONAL_ISDN, PRES_ALLOWED_USER_NUMBER_NOT_SCREENED);
	if (pri_setup(x->pri, c, sr)) { fprintf(stderr, "pri_setup failed\n"); }
	pri_sr_free(sr);
	return c;
}

static void pair_up(int sw)
{
	int sv[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, sv)) { perror("socketpair"); exit(2); }
	open_end(&NT, "NT", sv[0], 1, sw);
	open_end(&TE, "TE", sv[1], 0, sw);
	TE.trace_pcap = NT.trace_pcap = 1;
	NT.on = TE.on = selftest_on;
	ring_policy = 0;
}
static void pair_down(void) { close(NT.fd); close(TE.fd); }	/* libpri has no destructor */

static void quiet(struct pri *p, char *s) { (void) p; (void) s; }
static void noisy(struct pri *p, char *s) { struct end *x = p ? pri_get_userdata(p) : NULL; fprintf(stderr, "%s| %s", x ? x->tag : "?", s); }

static void t_basic(void)
{
	puts("layer 2 up"); 
	secs(5);
	CHECK(count(&NT, PRI_EVENT_DCHAN_UP) == 1); CHECK(count(&TE, PRI_EVENT_DCHAN_UP) == 1);
	puts("NT->TE en-bloc call, name, caller id, clearing by caller"); clr();
	q931_call *c = dial(&NT, 1, "1087654321", "Zhang San", "62001234", 1);
	secs(1);
	struct evrec *r = last(&TE, PRI_EVENT_RING);
	CHECK(r && !strcmp(r->called, "62001234") && !strcmp(r->calling, "1087654321"));
	CHECK(r && !strcmp(r->name, "Zhang San"), "name=%s", r ? r->name : "");
	CHECK(r && r->complete);
	CHECK(last(&NT, PRI_EVENT_PROCEEDING) && last(&NT, PRI_EVENT_RINGING) && last(&NT, PRI_EVENT_ANSWER));
	pri_hangup(NT.pri, c, PRI_CAUSE_NORMAL_CLEARING); secs(1);
	r = last(&TE, PRI_EVENT_HANGUP_REQ); CHECK(r && r->cause == 16);
	CHECK(last(&NT, PRI_EVENT_HANGUP) || last(&NT, PRI_EVENT_HANGUP_ACK));
	puts("TE->NT en-bloc call, clearing by called"); clr();
	c = dial(&TE, 31, "62001234", NULL, "01012345678", 1); secs(1);
	CHECK(last(&TE, PRI_EVENT_ANSWER)); r = last(&NT, PRI_EVENT_RING); CHECK(r && r->chan == 31 + 0, "chan=%d", r ? r->chan : -1);
	if (r) pri_hangup(NT.pri, r->call, PRI_CAUSE_NORMAL_CLEARING);
	secs(1); r = last(&TE, PRI_EVENT_HANGUP_REQ); CHECK(r && r->cause == 16);
	puts("user busy"); clr(); ring_policy = 1;
	dial(&TE, 2, "62001234", NULL, "110", 1); secs(1);
	r = last(&TE, PRI_EVENT_HANGUP_REQ); CHECK(r && r->cause == 17, "cause=%d", r ? r->cause : -1);
	puts("unallocated number: RELEASE COMPLETE as the first answer"); clr(); ring_policy = 7;
	dial(&TE, 2, "62001234", NULL, "111", 1); secs(1);
	r = last(&TE, PRI_EVENT_HANGUP); if (!r) r = last(&TE, PRI_EVENT_HANGUP_ACK);
	CHECK(r && r->cause == 1, "cause=%d", r ? r->cause : -1); if (r) printf("  reported as %s\n", pri_event2str(r->e));
	puts("caller abandons while alerting (cause 16)"); clr(); ring_policy = 2;
	c = dial(&NT, 3, "1", NULL, "200", 1); secs(3); CHECK(last(&NT, PRI_EVENT_RINGING) && last(&NT, PRI_EVENT_RINGING)->progressmask & PRI_PROG_INBAND_AVAILABLE);
	pri_hangup(NT.pri, c, PRI_CAUSE_NORMAL_CLEARING); secs(1); CHECK(last(&TE, PRI_EVENT_HANGUP_REQ));
	puts("in-band progress with cause 1, then clear"); clr(); ring_policy = 5;
	c = dial(&TE, 4, "1", NULL, "999", 1); secs(1); r = last(&TE, PRI_EVENT_PROGRESS);
	CHECK(r && r->progressmask & PRI_PROG_INBAND_AVAILABLE && r->cause == 1);
	pri_hangup(TE.pri, c, PRI_CAUSE_NORMAL_CLEARING); secs(1);
	puts("T303: called side never answers SETUP"); clr(); ring_policy = 3;
	int64_t t0 = now_us(); dial(&NT, 5, "1", NULL, "201", 1); secs(20);
	r = last(&NT, PRI_EVENT_HANGUP); CHECK(r); if (r) printf("  T303 gave up after %.1f s, cause %d\n", (r->t - t0) / 1e6, r->cause);
	ring_policy = 0;
}

static void t_overlap(void)
{
	puts("overlap sending TE->NT"); clr(); ring_policy = 4; strcpy(overlap_want, "62005678");
	pri_set_overlapdial(TE.pri, 1); pri_set_overlapdial(NT.pri, 1);
	q931_call *c = dial(&TE, 6, "62001234", NULL, "62", 0); secs(1);
	CHECK(last(&TE, PRI_EVENT_SETUP_ACK)); struct evrec *r = last(&NT, PRI_EVENT_RING); CHECK(r && !r->complete);
	for (const char *p = "005678"; *p; p++) { pri_information(TE.pri, c, *p); secs(0.2); }
	secs(1); CHECK(last(&TE, PRI_EVENT_ANSWER)); CHECK(count(&NT, PRI_EVENT_INFO_RECEIVED) == 6, "%d", count(&NT, PRI_EVENT_INFO_RECEIVED));
	pri_hangup(TE.pri, c, 16); secs(1); ring_policy = 0;
	pri_set_overlapdial(TE.pri, 0); pri_set_overlapdial(NT.pri, 0);
}

static void t_ies(void)
{
	puts("redirecting number, user-user, keypad, called subaddress"); clr();
	q931_call *c = pri_new_call(NT.pri); struct pri_sr *sr = pri_sr_new();
	struct pri_party_subaddress sub = { .valid = 1, .type = 0, .length = 4 }; memcpy(sub.data, "P042", 4);
	pri_sr_set_channel(sr, 7, 1, 0); pri_sr_set_bearer(sr, PRI_TRANS_CAP_3_1K_AUDIO, PRI_LAYER_1_ALAW);
	pri_sr_set_called(sr, "62001234", PRI_UNKNOWN, 1);
	pri_sr_set_caller(sr, "13800138000", NULL, PRI_NATIONAL_ISDN, PRES_PROHIB_USER_NUMBER_PASSED_SCREEN);
	pri_sr_set_redirecting(sr, "62009999", PRI_NATIONAL_ISDN, PRES_ALLOWED_USER_NUMBER_PASSED_SCREEN, PRI_REDIR_FORWARD_ON_BUSY);
	pri_sr_set_useruser(sr, "VIP=1"); pri_sr_set_keypad_digits(sr, "*21#"); pri_sr_set_called_subaddress(sr, &sub);
	pri_setup(NT.pri, c, sr); pri_sr_free(sr); secs(1);
	struct evrec *r = last(&TE, PRI_EVENT_RING); CHECK(r);
	if (r) printf("  RING redir='%s' uui='%s' keypad='%s' sub='%s' calling='%s'\n", r->redir, r->uui, r->keypad, r->sub, r->calling);
	CHECK(r && !strcmp(r->uui, "VIP=1")); CHECK(r && !strcmp(r->sub, "P042"));
	pri_hangup(NT.pri, c, 16); secs(1);
	puts("hold / retrieve"); clr(); pri_hold_enable(NT.pri, 1); pri_hold_enable(TE.pri, 1);
	c = dial(&TE, 8, "1", NULL, "2", 1); secs(1); CHECK(last(&TE, PRI_EVENT_ANSWER));
	int hr = pri_hold(TE.pri, c); secs(1); printf("  pri_hold rc=%d ack=%d rej=%d\n", hr, count(&TE, PRI_EVENT_HOLD_ACK), count(&TE, PRI_EVENT_HOLD_REJ));
	if (count(&TE, PRI_EVENT_HOLD_ACK)) { int rr = pri_retrieve(TE.pri, c, 8); secs(1); printf("  pri_retrieve rc=%d ack=%d\n", rr, count(&TE, PRI_EVENT_RETRIEVE_ACK)); }
	pri_hangup(TE.pri, c, 16); secs(1);
	puts("NOTIFY, keypad in call, display text"); clr();
	c = dial(&NT, 9, "1", NULL, "2", 1); secs(1); pri_notify(NT.pri, c, 9, PRI_NOTIFY_REMOTE_HOLD); secs(1);
	r = last(&TE, PRI_EVENT_NOTIFY); CHECK(r && r->info == PRI_NOTIFY_REMOTE_HOLD);
	pri_keypad_facility(NT.pri, c, "5"); secs(1); r = last(&TE, PRI_EVENT_KEYPAD_DIGIT); CHECK(r && !strcmp(r->keypad, "5"));
	pri_hangup(NT.pri, c, 16); secs(1);
	puts("RESTART of one channel"); clr(); pri_reset(NT.pri, 12); secs(1);
	CHECK(last(&TE, PRI_EVENT_RESTART) && last(&TE, PRI_EVENT_RESTART)->chan == 12); CHECK(last(&NT, PRI_EVENT_RESTART_ACK));
}

static void t_link(void)
{
	puts("D-channel cut 3 s: the answered call survives (T309)"); clr();
	q931_call *c = dial(&NT, 10, "1", NULL, "2", 1); secs(1); CHECK(last(&NT, PRI_EVENT_ANSWER));
	secs(15); NT.cut = TE.cut = 1; secs(3); NT.cut = TE.cut = 0; secs(10);
	CHECK(!last(&NT, PRI_EVENT_HANGUP) && !last(&TE, PRI_EVENT_HANGUP));
	puts("D-channel cut 60 s: layer 2 down, T309 clears the call"); clr(); int64_t t0 = now_us();
	NT.cut = TE.cut = 1; secs(60);
	struct evrec *d = last(&NT, PRI_EVENT_DCHAN_DOWN), *h = last(&NT, PRI_EVENT_HANGUP);
	CHECK(d); CHECK(h);
	if (d && h) printf("  DCHAN_DOWN at %.1f s, HANGUP cause %d at %.1f s\n", (d->t - t0) / 1e6, h->cause, (h->t - t0) / 1e6);
	NT.cut = TE.cut = 0; secs(10); CHECK(last(&NT, PRI_EVENT_DCHAN_UP)); (void) c;
	clr(); secs(5);
	puts("300 calls over a link that loses 5% of frames each way"); 
	NT.loss_pm = TE.loss_pm = 50; NT.done = TE.done = 0; unsigned long ans = 0;
	for (int i = 0; i < 300; i++) {
		clr(); c = dial(&TE, 1 + i % 15, "1", NULL, "2", 1); secs(6);
		if (last(&TE, PRI_EVENT_ANSWER)) { ans++; pri_hangup(TE.pri, c, 16); }
		secs(12);
	}
	NT.loss_pm = TE.loss_pm = 0; secs(30);
	printf("  answered %lu of 300, frames dropped %lu+%lu\n", ans, NT.dropped, TE.dropped); CHECK(ans >= 290);
}

static int do_selftest(void)
{
	virtual_clock = 1;
	puts("== EuroISDN E1"); pair_up(PRI_SWITCH_EUROISDN_E1); t_basic(); t_overlap(); t_ies(); t_link(); pair_down();
	puts("== QSIG"); pair_up(PRI_SWITCH_QSIG); secs(5); clr();
	q931_call *c = dial(&TE, 1, "8001", "Li Si", "8002", 1); secs(1);
	struct evrec *r = last(&NT, PRI_EVENT_RING); CHECK(r && !strcmp(r->name, "Li Si"), "name=%s", r ? r->name : ""); CHECK(last(&TE, PRI_EVENT_ANSWER));
	pri_hangup(TE.pri, c, 16); secs(1); pair_down();
	struct { int sw; const char *n; } sws[] = { { PRI_SWITCH_NI2, "NI2" }, { PRI_SWITCH_DMS100, "DMS100" }, { PRI_SWITCH_LUCENT5E, "5ESS" }, { PRI_SWITCH_ATT4ESS, "4ESS" } };
	for (unsigned i = 0; i < 4; i++) {
		printf("== %s\n", sws[i].n); pair_up(sws[i].sw); secs(5); clr();
		c = dial(&NT, 1, "2125550100", "ALICE", "2125550199", 1); secs(1);
		r = last(&TE, PRI_EVENT_RING); CHECK(r && !strcmp(r->called, "2125550199")); printf("  name seen in RING: '%s'\n", r ? r->name : "");
		CHECK(last(&NT, PRI_EVENT_ANSWER)); pri_hangup(NT.pri, c, 16); secs(1);
		pri_set_service_message_support(NT.pri, 1); pri_set_service_message_support(TE.pri, 1);
		clr(); int rc = pri_maintenance_service(TE.pri, 1, 5, 2); secs(1);
		printf("  SERVICE out-of-service rc=%d event at NT=%d ack at TE=%d\n", rc, count(&NT, PRI_EVENT_SERVICE), count(&TE, PRI_EVENT_SERVICE_ACK));
		pair_down();
	}
	printf("%d checks, %d failed\n", checks, fails);
	return fails != 0;
}

/* ---- bench ----------------------------------------------------------------- */
static unsigned long bench_total, bench_started;
static int bench_stop(void *a) { (void) a; return TE.done >= bench_total; }
static void bench_next(int chan) { if (bench_started < bench_total) { bench_started++; dial(&TE, chan, "62001234", NULL, "01012345678", 1); } }
static void bench_on(struct end *x, pri_event *e, struct evrec *r)
{
	(void) e;
	switch (r->e) {
	case PRI_EVENT_RING: pri_proceeding(x->pri, r->call, r->chan, 0); pri_acknowledge(x->pri, r->call, r->chan, 0); pri_answer(x->pri, r->call, r->chan, 0); break;
	case PRI_EVENT_ANSWER: pri_hangup(x->pri, r->call, 16); break;
	case PRI_EVENT_HANGUP_REQ: case PRI_EVENT_HANGUP: case PRI_EVENT_HANGUP_ACK: {
		int ch = r->chan & 0xff;
		pri_hangup(x->pri, r->call, r->cause);
		if (x == &TE && r->e != PRI_EVENT_HANGUP_REQ) { x->done++; bench_next(ch ? ch : 1); }
		break; }
	}
}
static int do_bench(unsigned long n, int conc)
{
	pair_up(PRI_SWITCH_EUROISDN_E1); NT.on = TE.on = bench_on; virtual_clock = 0;
	int64_t dl = now_us() + 3000000;
	while (!last(&TE, PRI_EVENT_DCHAN_UP) && now_us() < dl) run_pair(&NT, &TE, now_us() + 100000, NULL, NULL);
	bench_total = n;
	struct timespec c0, c1; clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &c0);
	int64_t t0 = now_us();
	for (int i = 0; i < conc; i++) bench_next(1 + (i < 15 ? i : i + 1));
	run_pair(&NT, &TE, now_us() + 120LL * 1000000, bench_stop, NULL);
	double s = (now_us() - t0) / 1e6; clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &c1);
	double cpu = (c1.tv_sec - c0.tv_sec) + (c1.tv_nsec - c0.tv_nsec) / 1e9;
	printf("{\"calls\":%lu,\"concurrency\":%d,\"wall_s\":%.3f,\"cpu_s\":%.3f,\"calls_per_s\":%.0f,\"frames\":%lu,\"cpu_us_per_call_both_ends\":%.1f}\n",
		TE.done, conc, s, cpu, TE.done / s, NT.tx + TE.tx, cpu * 1e6 / TE.done);
	return TE.done < n;
}

/* ---- peer mode ------------------------------------------------------------- */
static struct end P;
static struct end BACKUP;	/* without a pri: there is none */
static struct end *in_service = &P;
static int interface_bits;	/* of a channel: none, or that its line is named and how */
static struct player PLAYER;
static int auto_mode, stepped;
static int64_t start_us;
/* A scenario that needs more has a fault: most need milliseconds. */
#define STEPPED_CPU_S 2
#define D_CHANNEL_T1 24
static int call_id(struct end *x, q931_call *c, int add)
{
	x = &P;	/* both D-channels have the same calls */
	if (!c) return -1;
	for (int i = 1; i < NCALL; i++) if (x->calls[i] == c) return i;
	if (add) { static int next = 1; for (int k = 0; k < NCALL; k++) { int i = next; next = next % (NCALL - 1) + 1; if (!x->calls[i]) { x->calls[i] = c; return i; } } }
	return -1;
}
static void jstr(const char *k, const char *v)
{
	if (!*v) return;
	printf(",\"%s\":\"", k);
	for (; *v; v++) { unsigned char ch = *v; if (ch == '"' || ch == '\\') printf("\\%c", ch); else if (ch < 32 || ch > 126) printf("\\u%04x", ch); else putchar(ch); }
	putchar('"');
}
static const char *arg(char **t, int n, const char *k, const char *dflt)
{
	size_t l = strlen(k);
	for (int i = 1; i < n; i++) if (!strncmp(t[i], k, l) && t[i][l] == '=') return t[i] + l + 1;
	return dflt;
}
static int has_word(char **t, int n, const char *word)
{
	for (int i = 1; i < n; i++) if (!strcmp(t[i], word)) return 1;
	return 0;
}
#include "services.h"
/* Which D-channel is in service: another only when the link of this one is down. */
static void note_link(struct end *x, int event)
{
	struct end *other = x == &P ? &BACKUP : &P;
	if (event != PRI_EVENT_DCHAN_UP && event != PRI_EVENT_DCHAN_DOWN) return;
	x->up = event == PRI_EVENT_DCHAN_UP;
	if (!in_service->up && (x->up || other->up)) in_service = x->up ? x : other;
}
/* SERVICE with the name of a D-channel: the other side has this one in service. */
static void obey(const struct evrec *r)
{
	struct end *named = r->chan >> 8 & 0xff ? &BACKUP : &P;
	if (r->e == PRI_EVENT_SERVICE && (r->chan & 0xff) == D_CHANNEL_T1 && r->info == 0 && named->up) in_service = named;
}
static void peer_on(struct end *x, pri_event *e, struct evrec *r)
{
	int id = call_id(x, r->call, 1);
	note_link(x, r->e);
	if (BACKUP.pri) obey(r);
	printf("{\"ms\":%lld,\"ev\":\"%s\"", (long long) (now_us() - start_us) / 1000, pri_event2str(r->e) + 10);
	if (id > 0) printf(",\"id\":%d", id);
	if (r->chan) printf(",\"chan\":%d,\"exclusive\":%d", r->chan & 0xff, r->e == PRI_EVENT_RING ? !r->info : 0);
	if (r->chan >> 16 & 1) printf(",\"interface\":%d", r->chan >> 8 & 0xff);
	if (x == &BACKUP) printf(",\"backup\":1");
	if (r->cause) printf(",\"cause\":%d", r->cause);
	if (r->progressmask) printf(",\"progressmask\":%d", r->progressmask);
	if (r->e == PRI_EVENT_RING || r->e == PRI_EVENT_INFO_RECEIVED) printf(",\"complete\":%d", r->complete);
	if (r->info && r->e != PRI_EVENT_RING) printf(",\"info\":%d", r->info);
	jstr("called", r->called); jstr("calling", r->calling); jstr("name", r->name); jstr("redirecting", r->redir);
	jstr("uui", r->uui); jstr("keypad", r->keypad); jstr("subaddr", r->sub);
	if (r->e == PRI_EVENT_RING) printf(",\"pres\":%d,\"callingplan\":%d,\"calledplan\":%d,\"bearer\":%d", e->ring.callingpres, e->ring.callingplan, e->ring.calledplan, e->ring.ctype);
	tell_subcommands(x, e);
	puts("}"); fflush(stdout);
	switch (r->e) {
	case PRI_EVENT_RING:
		if (auto_mode) { pri_proceeding(x->pri, r->call, r->chan, 0); pri_acknowledge(x->pri, r->call, r->chan, 0); pri_answer(x->pri, r->call, r->chan, 0); }
		break;
	case PRI_EVENT_HANGUP_REQ:
		pri_hangup(x->pri, r->call, r->cause ? r->cause : 16);
		break;
	case PRI_EVENT_HANGUP: case PRI_EVENT_HANGUP_ACK:
		pri_hangup(x->pri, r->call, r->cause ? r->cause : 16);
		if (id > 0) P.calls[id] = NULL;
		break;
	case PRI_EVENT_HOLD: pri_hold_ack(x->pri, r->call); break;
	case PRI_EVENT_RETRIEVE: pri_retrieve_ack(x->pri, r->call, r->chan ? r->chan : 1); break;
	}
}
#ifdef WITH_DAHDI
#include "dahdi.h"
static struct wires WIRES;
/* unplug, plug, wires; whether it was one of them. */
static int span_command(struct end *x, const char *verb, int *rc)
{
	if (!WIRES.first) return 0;
	if (!strcmp(verb, "unplug")) unplug(&WIRES);
	else if (!strcmp(verb, "plug")) *rc = plug(&WIRES) ? 0 : -1;
	else if (!strcmp(verb, "wires")) printf("{\"wires\":{\"events\":%lu,\"underruns\":%lu,\"overruns\":%lu}}\n", WIRES.events, WIRES.underruns, WIRES.overruns);
	else return 0;
	x->fd = WIRES.fd[d_slot];
	return 1;
}
#else
#define span_command(x, verb, rc) 0
#endif
static void player_told(const char *json)
{
	printf("{\"ms\":%lld,%s}\n", (long long) (now_us() - start_us) / 1000, json); fflush(stdout);
}
/* Calls that libpri itself still has; it tells them in a text only. */
static int calls_of(struct end *x)
{
	char *text = pri_dump_info_str(x->pri), *at = text ? strstr(text, "active-calls:") : NULL;
	int n = at ? atoi(at + strlen("active-calls:")) : -1;
	free(text);
	return n;
}
static int read_link(struct end *x);
static int64_t cpu_us(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}
/* Runs the stepped clock to a moment and handles what is there by then. Returns 0 when the other side is gone. */
static int step(int64_t to)
{
	struct end *ends[2] = { &P, &BACKUP };
	int64_t when, next = -1;
	if (start_us + to > vnow_us) vnow_us = start_us + to;
	for (int busy = 1; busy;) {
		busy = 0;
		for (int i = 0; i < 2 && ends[i]->pri; i++) {
			int heard = readable(ends[i]->fd);
			if (heard && !read_link(ends[i])) return 0;
			for (busy |= heard; timer_due(ends[i], &when) && when <= vnow_us; busy = 1) dispatch(ends[i], pri_schedule_run(ends[i]->pri));
		}
	}
	for (int i = 0; i < 2 && ends[i]->pri; i++) if (timer_due(ends[i], &when) && (next < 0 || when - start_us < next)) next = when - start_us;
	printf("{\"step\":%lld,\"sent\":%lu,\"sent_backup\":%lu,\"next\":%lld,\"cpu_us\":%lld}\n", (long long) to, P.tx - P.dropped,
		BACKUP.tx - BACKUP.dropped, (long long) next, (long long) cpu_us());
	fflush(stdout);
	return 1;
}
/* verb k=v k=v ...   (values carry no blanks; %20 is decoded) */
static int peer_cmd(struct end *x, char *line)
{
	char *t[32]; int n = 0, rc = 0;
	for (char *p = strtok(line, " \t\r\n"); p && n < 32; p = strtok(NULL, " \t\r\n")) {
		char *w = p, *q = p;
		for (; *q; q++) if (*q == '%' && isxdigit(q[1]) && isxdigit(q[2])) { char h[3] = { q[1], q[2], 0 }; *w++ = strtol(h, 0, 16); q += 2; } else *w++ = *q;
		*w = 0; t[n++] = p;
	}
	if (!n) return 0;
	int id = atoi(arg(t, n, "id", "0")), chan = atoi(arg(t, n, "chan", "0"));
	int info = atoi(arg(t, n, "inband", "0"));
	if (chan) chan |= interface_bits;
	q931_call *c = id > 0 && id < NCALL ? P.calls[id] : NULL;
	const char *v = t[0], *d;
	if (!strcmp(v, "quit")) return 1;
	if (!strcmp(v, "step") && stepped) return !step(strtoll(arg(t, n, "to", "0"), 0, 10));
	if (service_command(x, v, c, t, n, &rc, &id) || span_command(x, v, &rc));
	else if (!strcmp(v, "setup")) {
		c = pri_new_call(x->pri); struct pri_sr *sr = pri_sr_new();
		const char *cap = arg(t, n, "cap", "speech");
		pri_sr_set_channel(sr, chan, atoi(arg(t, n, "excl", "1")), 0);
		pri_sr_set_bearer(sr, !strcmp(cap, "digital") ? PRI_TRANS_CAP_DIGITAL : !strcmp(cap, "audio") ? PRI_TRANS_CAP_3_1K_AUDIO : PRI_TRANS_CAP_SPEECH, mulaw ? PRI_LAYER_1_ULAW : PRI_LAYER_1_ALAW);
		pri_sr_set_called(sr, (char *) arg(t, n, "called", ""), strtol(arg(t, n, "calledplan", "0"), 0, 0), atoi(arg(t, n, "complete", "1")));
		if ((d = arg(t, n, "caller", NULL))) pri_sr_set_caller(sr, (char *) d, (char *) arg(t, n, "name", NULL), strtol(arg(t, n, "callerplan", "0x21"), 0, 0), strtol(arg(t, n, "pres", "0"), 0, 0));
		if ((d = arg(t, n, "redir", NULL))) pri_sr_set_redirecting(sr, (char *) d, PRI_NATIONAL_ISDN, 1, atoi(arg(t, n, "redirreason", "0")));
		if ((d = arg(t, n, "uui", NULL))) pri_sr_set_useruser(sr, d);
		if ((d = arg(t, n, "keypad", NULL))) pri_sr_set_keypad_digits(sr, d);
		if ((d = arg(t, n, "calledsub", NULL))) { struct pri_party_subaddress s = { .valid = 1, .length = strlen(d) }; memcpy(s.data, d, s.length < 31 ? s.length : 31); pri_sr_set_called_subaddress(sr, &s); }
		rc = (d = arg(t, n, "completes", NULL)) ? pri_cc_call(x->pri, atol(d), c, sr) : pri_setup(x->pri, c, sr);
		pri_sr_free(sr); id = call_id(x, c, 1);
	}
	else if (!strcmp(v, "proceeding")) rc = pri_proceeding(x->pri, c, chan, info);
	else if (!strcmp(v, "alert")) rc = pri_acknowledge(x->pri, c, chan, info);
	else if (!strcmp(v, "progress")) rc = pri_progress_with_cause(x->pri, c, chan, info, atoi(arg(t, n, "cause", "-1")));
	else if (!strcmp(v, "setupack")) rc = pri_setup_ack(x->pri, c, chan, 0, info);
	else if (!strcmp(v, "answer")) rc = pri_answer(x->pri, c, chan, 0);
	else if (!strcmp(v, "info")) for (d = arg(t, n, "digits", ""); *d; d++) rc |= pri_information(x->pri, c, *d);
	else if (!strcmp(v, "keypad")) rc = pri_keypad_facility(x->pri, c, arg(t, n, "digits", ""));
	else if (!strcmp(v, "notify")) rc = pri_notify(x->pri, c, chan, strtol(arg(t, n, "value", "0"), 0, 0));
	else if (!strcmp(v, "hold")) rc = pri_hold(x->pri, c);
	else if (!strcmp(v, "retrieve")) rc = pri_retrieve(x->pri, c, chan);
	else if (!strcmp(v, "reject")) { rc = pri_proceeding(x->pri, c, chan, 0); rc |= pri_hangup(x->pri, c, atoi(arg(t, n, "cause", "17"))); }
	else if (!strcmp(v, "hangup")) rc = pri_hangup(x->pri, c, atoi(arg(t, n, "cause", "16")));
	else if (!strcmp(v, "reset")) rc = pri_reset(x->pri, chan);
	else if (!strcmp(v, "service")) {
		pri_set_service_message_support(x->pri, 1);
		rc = pri_maintenance_service(x->pri, interface_bits ? interface_bits >> 8 & 0xff : 1, chan & 0xff, atoi(arg(t, n, "status", "0")));
	}
	else if (!strcmp(v, "interface")) interface_bits = 1 << 16 | atoi(arg(t, n, "n", "0")) << 8;
	else if (!strcmp(v, "timer")) rc = pri_set_timer(x->pri, pri_timer2idx(arg(t, n, "name", "")), atoi(arg(t, n, "ms", "0")));
	else if (!strcmp(v, "loss")) x->loss_pm = atoi(arg(t, n, "permille", "0"));
	else if (!strcmp(v, "corrupt")) x->corrupt_pm = atoi(arg(t, n, "permille", "0"));
	else if (!strcmp(v, "cut")) x->cut = atoi(arg(t, n, "on", "1"));
	else if (!strcmp(v, "debug")) pri_set_debug(x->pri, strtol(arg(t, n, "mask", "0"), 0, 0));
	else if (!strcmp(v, "stats")) { printf("{\"stats\":{\"tx\":%lu,\"rx\":%lu,\"dropped\":%lu,\"calls\":%d}}\n", x->tx, x->rx, x->dropped, calls_of(x)); }
	else rc = player_command(&PLAYER, v, atoi(arg(t, n, "ts", "0")), arg(t, n, "file", ""), has_word(t, n, "off"),
		arg(t, n, "digits", ""), atoi(arg(t, n, "loop", "0")), arg(t, n, "at", NULL));
	printf("{\"ok\":%s,\"cmd\":\"%s\",\"rc\":%d,\"id\":%d}\n", rc == 0 ? "true" : "false", v, rc, id); fflush(stdout);
	return 0;
}
static void tell_link(const char *ev)
{
	printf("{\"ms\":%lld,\"ev\":\"%s\"}\n", (long long) (now_us() - start_us) / 1000, ev); fflush(stdout);
}
static int unix_connect(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	if (s >= 0 && !connect(s, (void *) &a, sizeof a)) return s;
	if (s >= 0) close(s);
	return -1;
}
static int unix_sock(const char *path, int listening)
{
	if (listening) {
		struct sockaddr_un a = { .sun_family = AF_UNIX };
		int s = socket(AF_UNIX, SOCK_SEQPACKET, 0);
		snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
		unlink(path);
		if (bind(s, (void *) &a, sizeof a) || listen(s, 1)) { perror(path); exit(2); }
		tell_link("LISTENING");
		int c = accept(s, NULL, NULL);
		close(s); return c;
	}
	for (int i = 0; i < 100; i++) { int s = unix_connect(path); if (s >= 0) return s; usleep(50000); }
	perror(path); exit(2);
}
/* Reads what the D-channel has. Returns 0 when the other side is gone. */
static int read_link(struct end *x)
{
	while (readable(x->fd)) {
		char b;
		ssize_t n = recv(x->fd, &b, 1, MSG_PEEK | MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN) break;
		if (n <= 0) return 0;
		dispatch(x, pri_check_event(x->pri));
	}
	return 1;
}
/* Reads commands. Returns 0 on quit. */
static int read_commands(int *open)
{
	static char ibuf[8192]; static size_t il;
	ssize_t n = read(0, ibuf + il, sizeof ibuf - 1 - il);
	if (n <= 0) { *open = 0; return 1; }
	il += n; ibuf[il] = 0; char *nl;
	while ((nl = memchr(ibuf, '\n', il))) {
		*nl = 0; size_t used = nl + 1 - ibuf;
		if (peer_cmd(in_service, ibuf)) return 0;
		memmove(ibuf, ibuf + used, il - used); il -= used; ibuf[il] = 0;
	}
	return 1;
}
/* Where the sockets are, and whether to look for them again. */
struct paths { const char *d, *audio, *backup; int reconnect; };
static void find_again(const struct paths *paths)
{
	if (P.fd < 0 && (P.fd = unix_connect(paths->d)) >= 0) tell_link("LINK_BACK");
	if (paths->audio && PLAYER.fd < 0 && (PLAYER.fd = unix_connect(paths->audio)) >= 0) tell_link("AUDIO_UP");
}
static int timeout_ms(int looking)
{
	int64_t w; int ms = looking ? 50 : 1000;
	if (timer_due(&P, &w)) { int64_t dt = (w - now_us()) / 1000; ms = dt < 0 ? 0 : dt >= ms ? ms : (int) dt + 1; }
	return ms;
}
static void open_backup(int fd, int net, int sw, int overlap)
{
	fcntl(fd, F_SETFL, O_NONBLOCK);
	open_end(&BACKUP, net ? "NT backup" : "TE backup", fd, net, sw);
	BACKUP.on = peer_on; BACKUP.trace_pcap = 2;
	pri_set_overlapdial(BACKUP.pri, overlap); pri_hold_enable(BACKUP.pri, 1);
	pri_enslave(P.pri, BACKUP.pri);
	/* without it an answer to SERVICE has a message type that is none */
	pri_set_service_message_support(P.pri, 1); pri_set_service_message_support(BACKUP.pri, 1);
}
static int do_peer(int fd, const struct paths *paths, int net, int sw, int overlap, int fcs, int debug)
{
	int stdin_open = 1;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	start_us = now_us();
	open_end(&P, net ? "NT" : "TE", fd, net, sw);
	P.on = peer_on; P.fcs = fcs; P.trace_pcap = 2;
	pri_set_overlapdial(P.pri, overlap); pri_hold_enable(P.pri, 1); pri_set_debug(P.pri, debug);
	player_init(&PLAYER, player_told);
	if (paths->audio) {
		int audio = unix_sock(paths->audio, 0);
		player_send(&PLAYER);	/* forgets the time that passed meanwhile */
		PLAYER.fd = audio; tell_link("AUDIO_UP");
	}
	if (stepped) {
		if (paths->backup) open_backup(unix_sock(paths->backup, 1), net, sw, overlap);
		while (stdin_open && read_commands(&stdin_open));
		return 0;
	}
	for (;;) {
		struct pollfd p[4] = { { .fd = P.fd, .events = POLLIN }, { .fd = stdin_open ? 0 : -1, .events = POLLIN },
			{ .fd = PLAYER.fd, .events = POLLIN }, { .fd = PLAYER.fd >= 0 ? PLAYER.timer : -1, .events = POLLIN } };
		int64_t w; int looking = paths->reconnect && (P.fd < 0 || (paths->audio && PLAYER.fd < 0));
		poll(p, 4, timeout_ms(looking));
		while (timer_due(&P, &w) && w <= now_us()) dispatch(&P, pri_schedule_run(P.pri));
		if (p[2].revents && !player_receive(&PLAYER)) { tell_link("AUDIO_EOF"); close(PLAYER.fd); PLAYER.fd = -1; }
		player_send(&PLAYER);
		if (p[0].revents && !read_link(&P)) {
			tell_link("LINK_EOF");
			if (!paths->reconnect) return 0;
			close(P.fd); P.fd = -1;
		}
		if (looking) find_again(paths);
		if (p[1].revents && !read_commands(&stdin_open)) return 0;
		if (pcap) fflush(pcap);
	}
}
#ifdef WITH_DAHDI
static void read_span(void)
{
	struct pollfd p = { .fd = P.fd, .events = POLLIN | POLLPRI };
	while (P.fd >= 0 && poll(&p, 1, 0) == 1) {
		if (p.revents & POLLPRI) line_event(&WIRES, d_slot);
		if (p.revents & POLLIN) dispatch(&P, pri_check_event(P.pri));
		if (!(p.revents & (POLLPRI | POLLIN))) return;
	}
}
static int do_span(int net, int sw, int overlap, int debug)
{
	int stdin_open = 1;
	start_us = now_us();
	if (!plug(&WIRES)) return 2;
	open_end(&P, net ? "NT" : "TE", WIRES.fd[d_slot], net, sw);
	P.on = peer_on; P.trace_pcap = 2; P.put = span_put; P.take = span_take;
	pri_set_overlapdial(P.pri, overlap); pri_hold_enable(P.pri, 1); pri_set_debug(P.pri, debug);
	player_init(&PLAYER, player_told);
	for (;;) {
		struct pollfd p[3] = { { .fd = P.fd, .events = POLLIN | POLLPRI }, { .fd = stdin_open ? 0 : -1, .events = POLLIN },
			{ .fd = WIRES.fd[1], .events = POLLIN | POLLPRI } };
		int64_t w;
		poll(p, 3, timeout_ms(0));
		while (timer_due(&P, &w) && w <= now_us()) dispatch(&P, pri_schedule_run(P.pri));
		exchange_all(&WIRES, &PLAYER);
		read_span();
		if (p[1].revents && !read_commands(&stdin_open)) return 0;
		if (pcap) fflush(pcap);
	}
}
#endif

/* Torture: n calls with damaged layer 3 in both directions; passes if nothing dies
 * and a clean call still works afterwards. */
static int do_torture(unsigned long n, unsigned seed)
{
	virtual_clock = 1;
	pair_up(PRI_SWITCH_EUROISDN_E1); NT.rng += seed; TE.rng += seed * 7919;
	secs(5); NT.corrupt_pm = TE.corrupt_pm = 300; pri_set_error(quiet);
	unsigned long ans = 0;
	for (unsigned long i = 0; i < n; i++) {
		clr(); q931_call *c = dial(&TE, 1 + i % 15, "62001234", NULL, "01012345678", 1); secs(1);
		struct evrec *a = last(&TE, PRI_EVENT_ANSWER);
		if (a && a->call == c && !last(&TE, PRI_EVENT_HANGUP) && !last(&TE, PRI_EVENT_HANGUP_ACK) && !last(&TE, PRI_EVENT_HANGUP_REQ)) { ans++; pri_hangup(TE.pri, c, 16); }
		secs(60);
	}
	NT.corrupt_pm = TE.corrupt_pm = 0; secs(300); clr();
	dial(&TE, 20, "62001234", NULL, "01012345678", 1); secs(5);
	int ok = last(&TE, PRI_EVENT_ANSWER) != NULL;
	printf("{\"torture_calls\":%lu,\"answered\":%lu,\"damaged_frames\":%lu,\"clean_call_after\":%s}\n", n, ans, NT.corrupted + TE.corrupted, ok ? "true" : "false");
	return !ok;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "", *path = NULL;
	struct paths paths = { 0 };
	int fd = -1, net = 1, sw = PRI_SWITCH_EUROISDN_E1, overlap = 0, fcs = 0, debug = 0, listening = 0, conc = 30;
	unsigned long calls = 20000;
	setvbuf(stdout, NULL, _IOLBF, 0);
	pri_set_message(quiet); pri_set_error(getenv("PRI_PEER_QUIET") ? quiet : noisy);
	for (int i = 2; i < argc; i++) {
		const char *v = i + 1 < argc ? argv[i + 1] : "";
		if (!strcmp(argv[i], "--pcap")) { pcap_open(v); i++; }
		else if (!strcmp(argv[i], "--pcap-bare")) pcap_linux_lapd = 0;
		else if (!strcmp(argv[i], "--calls")) { calls = strtoul(v, 0, 10); i++; }
		else if (!strcmp(argv[i], "--conc")) { conc = atoi(v); i++; }
		else if (!strcmp(argv[i], "--fd")) { fd = atoi(v); i++; }
		else if (!strcmp(argv[i], "--connect")) { path = v; i++; }
		else if (!strcmp(argv[i], "--listen")) { path = v; listening = 1; i++; }
#ifdef WITH_DAHDI
		else if (!strcmp(argv[i], "--dahdi")) { WIRES.first = atoi(v); i++; }
		else if (!strcmp(argv[i], "--t1")) be_t1();
#endif
		else if (!strcmp(argv[i], "--audio")) { paths.audio = v; i++; }
		else if (!strcmp(argv[i], "--backup")) { paths.backup = v; i++; }
		else if (!strcmp(argv[i], "--reconnect")) paths.reconnect = 1;
		else if (!strcmp(argv[i], "--role")) { net = !strcmp(v, "nt"); i++; }
		else if (!strcmp(argv[i], "--switch")) {
			static const struct { const char *n; int s; } m[] = { { "euro", 5 }, { "qsig", 10 }, { "ni2", 1 }, { "dms100", 2 }, { "5ess", 3 }, { "4ess", 4 }, { "ni1", 7 } };
			sw = -1; for (unsigned k = 0; k < 7; k++) if (!strcmp(v, m[k].n)) sw = m[k].s;
			if (sw < 0) { fprintf(stderr, "unknown switch %s\n", v); return 2; }
			i++;
		}
		else if (!strcmp(argv[i], "--overlap")) overlap = 1;
		else if (!strcmp(argv[i], "--fcs")) fcs = 1;
		else if (!strcmp(argv[i], "--auto")) auto_mode = 1;
		else if (!strcmp(argv[i], "--stepped")) {
			struct rlimit most = { STEPPED_CPU_S, STEPPED_CPU_S + 1 };
			stepped = virtual_clock = 1; setrlimit(RLIMIT_CPU, &most);
		}
		else if (!strcmp(argv[i], "--debug")) { debug = strtol(v, 0, 0); pri_set_message(noisy); i++; }
		else { fprintf(stderr, "unknown option %s\n", argv[i]); return 2; }
	}
	int rc = 2;
	if (!strcmp(mode, "selftest")) rc = do_selftest();
	else if (!strcmp(mode, "bench")) rc = do_bench(calls, conc);
	else if (!strcmp(mode, "torture")) rc = do_torture(calls, conc);
#ifdef WITH_DAHDI
	else if (!strcmp(mode, "peer") && WIRES.first) { rc = do_span(net, sw, overlap, debug); player_close(&PLAYER); }
#endif
	else if (!strcmp(mode, "peer") && (fd >= 0 || path)) {
		paths.d = path;
		if (!path || listening) paths.reconnect = 0;	/* only what was connected to can be connected to again */
		rc = do_peer(fd >= 0 ? fd : unix_sock(path, listening), &paths, net, sw, overlap, fcs, debug);
		player_close(&PLAYER);
	}
	else fprintf(stderr, "usage: pri_peer selftest|bench|peer ... (see the head of pri_peer.c)\n");
	if (pcap) fclose(pcap);
	return rc;
}
