/* SPDX-License-Identifier: GPL-2.0-only
 *
 * The audio side of pri_peer: puts WAVs and DTMF into timeslots, keeps what it hears, and is the clock of the span.
 *
 * One message a tick each way over SOCK_SEQPACKET, laid out as drivers/sim/PEER.md says: 16 octets of header
 * ("RFPA", version 1, three zeros, tick number little-endian) and 32 timeslots x 80 octets of A-law.
 * The clock is a timerfd of 10 ms whose expirations are counted: ticks that are late are made up for, none is lost
 * and the mean rate never drifts from the kernel's clock.
 * Of a T1, `mulaw` is set: then all octets, and those of WAV files (format 7), are of that law.
 * Sources: ITU-T G.711 (A-law, µ-law, level), Q.23 (DTMF frequencies).
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SLOTS 32
#define TICK 80					/* octets of a timeslot in 10 ms */
#define HEADER 16
#define MESSAGE (HEADER + SLOTS * TICK)
#define SILENCE (mulaw ? 0xff : 0xd5)		/* the smallest positive value */
#define KEY_ON 800				/* samples of a key: 100 ms, and as many of pause */
#define LOUD_DBM0 -30.0				/* what counts as speech in a capture's report */

struct capture {				/* what a timeslot hears, on its way into a file */
	FILE *file;
	uint32_t octets;
	unsigned loud_ticks;
	double squares;				/* sum over all samples */
	int peak;
};
struct expected {			/* a clip that is heard again and again, octet for octet */
	uint8_t *clip;
	uint32_t octets, at;
	int found;				/* its begin */
	unsigned long good, bad;
};
struct slot {
	uint8_t *clip;
	uint32_t clip_octets, clip_at;
	int loop;
	uint64_t start_tick;			/* the clip begins in this tick */
	char keys[64];
	unsigned key_at;			/* samples into keys */
	struct capture capture;
	struct expected expected;
};
struct player {
	int fd, timer;
	uint64_t tick, owed;
	uint8_t message[MESSAGE];
	int unsent;				/* message waits for room in the socket */
	struct slot slot[SLOTS];
	void (*told)(const char *json);		/* one event as JSON fields, without braces */
};

/* ---- G.711 ------------------------------------------------------------------ */
static int mulaw;

static int mulaw_decode(uint8_t octet)
{
	int code = ~octet & 0xff, value = (((code & 15) << 3 | 0x84) << (code >> 4 & 7)) - 0x84;
	return code & 0x80 ? -value : value;
}

static uint8_t mulaw_encode(int sample)
{
	int sign = sample < 0 ? 0x80 : 0, value = (sign ? -sample : sample), segment = 0;
	value = (value > 32635 ? 32635 : value) + 0x84;
	for (int v = value >> 8; v; v >>= 1) segment++;
	return ~(sign | segment << 4 | (value >> (segment + 3) & 15));
}

static int alaw_decode(uint8_t octet)
{
	int code = octet ^ 0x55, segment = code >> 4 & 7, value = (code & 15) << 4 | 8;
	if (segment) value = (value | 0x100) << (segment - 1);
	return code & 0x80 ? value : -value;
}

static uint8_t alaw_encode(int sample)
{
	int sign = sample >= 0 ? 0x80 : 0, value = sample >= 0 ? sample : -sample - 1, segment = 0;
	if (value > 32767) value = 32767;
	for (int v = value >> 8; v; v >>= 1) segment++;
	int mantissa = segment < 2 ? value >> 4 : value >> (segment + 3);
	return (sign | segment << 4 | (mantissa & 15)) ^ 0x55;
}

static int decode(uint8_t octet)
{
	return mulaw ? mulaw_decode(octet) : alaw_decode(octet);
}

static uint8_t encode(int sample)
{
	return mulaw ? mulaw_encode(sample) : alaw_encode(sample);
}

/* The level of a mean square: a full-scale sine is +3.14 dBm0. */
static double dbm0(double mean_square)
{
	return mean_square <= 64 ? -90.0 : 10 * log10(mean_square / (32768.0 * 32768.0 / 2)) + 3.14;
}

/* ---- WAV -------------------------------------------------------------------- */
static uint32_t le(const uint8_t *p, int n)
{
	uint32_t v = 0;
	while (n--) v = v << 8 | p[n];
	return v;
}

static uint8_t *read_file(const char *path, long *len)
{
	FILE *f = fopen(path, "rb");
	uint8_t *b = NULL;
	if (!f) return NULL;
	if (!fseek(f, 0, SEEK_END) && (*len = ftell(f)) > 0 && (b = malloc(*len))) {
		rewind(f);
		if (fread(b, 1, *len, f) != (size_t) *len) { free(b); b = NULL; }
	}
	fclose(f);
	return b;
}

/* 8 kHz mono, A-law (format 6; of a T1 µ-law, 7) or 16-bit PCM (format 1). Returns octets the caller frees, or NULL and *why. */
static uint8_t *wav_read(const char *path, uint32_t *octets, const char **why)
{
	long len = 0;
	uint32_t format = 0, channels = 0, rate = 0, bits = 0;
	uint8_t *b = read_file(path, &len), *clip = NULL;
	*why = "can't be read";
	if (!b) return NULL;
	*why = "not a WAV of 8 kHz, one channel, the law of the line or 16-bit PCM";
	if (len < 12 || memcmp(b, "RIFF", 4) || memcmp(b + 8, "WAVE", 4)) goto out;
	for (long at = 12; at + 8 <= len;) {
		const uint8_t *body = b + at + 8;
		uint32_t size = le(b + at + 4, 4), left = (uint32_t) (len - at - 8);
		if (size > left) size = left;
		if (!memcmp(b + at, "fmt ", 4) && size >= 16) {
			format = le(body, 2); channels = le(body + 2, 2); rate = le(body + 4, 4); bits = le(body + 14, 2);
		}
		if (!memcmp(b + at, "data", 4)) {
			int coded = format == (mulaw ? 7 : 6) && bits == 8, pcm = format == 1 && bits == 16;
			if (rate != 8000 || channels != 1 || (!coded && !pcm)) goto out;
			*octets = coded ? size : size / 2;
			if (!*octets || !(clip = malloc(*octets))) goto out;
			for (uint32_t i = 0; i < *octets; i++) clip[i] = coded ? body[i] : encode((int16_t) le(body + 2 * i, 2));
			goto out;
		}
		at += 8 + (long) size + (size & 1);
	}
out:
	free(b);
	return clip;
}

static void put_le(uint8_t *p, uint32_t v, int n)
{
	for (int i = 0; i < n; i++) p[i] = v >> 8 * i;
}

/* RIFF header of 8 kHz in the law of the line; formats other than PCM carry cbSize and a fact chunk. */
static void wav_header(FILE *f, uint32_t octets)
{
	uint8_t h[58] = "RIFF....WAVEfmt ";
	put_le(h + 4, 50 + octets + (octets & 1), 4);
	put_le(h + 16, 18, 4); put_le(h + 20, mulaw ? 7 : 6, 2); put_le(h + 22, 1, 2);
	put_le(h + 24, 8000, 4); put_le(h + 28, 8000, 4); put_le(h + 32, 1, 2); put_le(h + 34, 8, 2); put_le(h + 36, 0, 2);
	memcpy(h + 38, "fact", 4); put_le(h + 42, 4, 4); put_le(h + 46, octets, 4);
	memcpy(h + 50, "data", 4); put_le(h + 54, octets, 4);
	rewind(f);
	fwrite(h, sizeof h, 1, f);
}

/* ---- what is said ----------------------------------------------------------- */
static void tell(struct player *p, const char *format, ...)
{
	char json[512];
	va_list ap;
	va_start(ap, format);
	vsnprintf(json, sizeof json, format, ap);
	va_end(ap);
	p->told(json);
}

/* One sample of the keys that sound; -11 dBm0 in the rows, -9 dBm0 in the columns. */
static uint8_t key_sample(struct slot *s)
{
	static const char keys[] = "123A456B789C*0#D";
	static const double low[] = { 697, 770, 852, 941 }, high[] = { 1209, 1336, 1477, 1633 };
	unsigned in_key = s->key_at % (2 * KEY_ON);
	int place = (int) (strchr(keys, s->keys[s->key_at / (2 * KEY_ON)]) - keys);
	s->key_at++;
	if (in_key >= KEY_ON) return SILENCE;
	double t = 2 * M_PI * in_key / 8000;
	double low_peak = 32768 * pow(10, (-11 - 3.14) / 20), high_peak = 32768 * pow(10, (-9 - 3.14) / 20);
	return encode((int) lrint(low_peak * sin(t * low[place / 4]) + high_peak * sin(t * high[place % 4])));
}

static void drop_clip(struct slot *s)
{
	free(s->clip);
	s->clip = NULL;
}

static uint8_t clip_sample(struct player *p, struct slot *s)
{
	if (!s->clip_at) {
		struct timespec now;
		clock_gettime(CLOCK_MONOTONIC, &now);
		tell(p, "\"ev\":\"PLAYS\",\"ts\":%d,\"at_us\":%lld", (int) (s - p->slot), now.tv_sec * 1000000LL + now.tv_nsec / 1000);
	}
	uint8_t octet = s->clip[s->clip_at++];
	if (s->clip_at < s->clip_octets) return octet;
	s->clip_at = 0;
	if (!s->loop) {
		drop_clip(s);
		tell(p, "\"ev\":\"PLAYED\",\"ts\":%d,\"audio_ms\":%llu", (int) (s - p->slot), (unsigned long long) p->tick * 10);
	}
	return octet;
}

static void say(struct player *p, struct slot *s, uint8_t *out)
{
	for (int i = 0; i < TICK; i++) {
		if (s->keys[0]) {
			out[i] = key_sample(s);
			if (s->key_at / (2 * KEY_ON) >= strlen(s->keys)) {
				s->keys[0] = 0;
				tell(p, "\"ev\":\"TONES_SENT\",\"ts\":%d", (int) (s - p->slot));
			}
		} else out[i] = s->clip && p->tick >= s->start_tick ? clip_sample(p, s) : SILENCE;
	}
}

/* ---- what is heard ---------------------------------------------------------- */
static void keep(struct capture *c, const uint8_t *octets)
{
	double squares = 0;
	if (!c->file) return;
	for (int i = 0; i < TICK; i++) {
		int v = decode(octets[i]);
		squares += (double) v * v;
		if (abs(v) > c->peak) c->peak = abs(v);
	}
	c->squares += squares;
	c->loud_ticks += dbm0(squares / TICK) > LOUD_DBM0;
	c->octets += fwrite(octets, 1, TICK, c->file);
}

static void capture_stop(struct player *p, int ts)
{
	struct capture *c = &p->slot[ts].capture;
	if (!c->file) return;
	if (c->octets & 1) fputc(0, c->file);
	wav_header(c->file, c->octets);
	int failed = ferror(c->file) | fclose(c->file);
	tell(p, "\"ev\":\"CAPTURED\",\"ts\":%d,\"ok\":%s,\"octets\":%u,\"ms\":%u,\"level_dbm0\":%.1f,\"peak_dbm0\":%.1f,\"speech_ms\":%u",
		ts, failed ? "false" : "true", c->octets, c->octets / 8, dbm0(c->octets ? c->squares / c->octets : 0),
		dbm0((double) c->peak * c->peak / 2), c->loud_ticks * 10);
	memset(c, 0, sizeof *c);
}

static int capture_start(struct player *p, int ts, const char *path)
{
	struct capture *c = &p->slot[ts].capture;
	capture_stop(p, ts);
	if (!(c->file = fopen(path, "wb"))) return -1;
	wav_header(c->file, 0);
	return 0;
}

/* The first 64 octets of the clip are looked for; from there on each octet counts. */
static void compare(struct expected *e, const uint8_t *octets)
{
	if (!e->clip) return;
	for (int i = 0; i < TICK; i++) {
		if (e->found) {
			if (octets[i] == e->clip[e->at]) e->good++; else e->bad++;
			e->at = (e->at + 1) % e->octets;
		} else {
			e->at = octets[i] == e->clip[e->at] ? e->at + 1 : octets[i] == e->clip[0];
			e->found = e->at == 64;
		}
	}
}

static void hear(struct slot *s, const uint8_t *octets)
{
	keep(&s->capture, octets);
	compare(&s->expected, octets);
}

static void expect_stop(struct player *p, int ts)
{
	struct expected *e = &p->slot[ts].expected;
	if (e->clip) tell(p, "\"ev\":\"EXPECTED\",\"ts\":%d,\"good\":%lu,\"bad\":%lu", ts, e->good, e->bad);
	free(e->clip);
	memset(e, 0, sizeof *e);
}

static int expect_start(struct player *p, int ts, const char *path)
{
	struct expected *e = &p->slot[ts].expected;
	long octets = 0;
	expect_stop(p, ts);
	e->clip = read_file(path, &octets);
	if (e->clip && octets <= 64) { free(e->clip); e->clip = NULL; }
	e->octets = (uint32_t) octets;
	return e->clip ? 0 : -1;
}

/* ---- the clock and the socket ----------------------------------------------- */
static void player_init(struct player *p, void (*told)(const char *json))
{
	struct itimerspec every = { { 0, 10000000 }, { 0, 10000000 } };
	memset(p, 0, sizeof *p);
	p->fd = -1; p->told = told;
	p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (p->timer < 0 || timerfd_settime(p->timer, 0, &every, NULL)) { perror("timerfd"); exit(2); }
}

static void next_message(struct player *p)
{
	memcpy(p->message, "RFPA\1\0\0\0", 8);
	for (int i = 0; i < 8; i++) p->message[8 + i] = p->tick >> 8 * i;
	for (int ts = 0; ts < SLOTS; ts++) say(p, &p->slot[ts], p->message + HEADER + ts * TICK);
	p->tick++;
}

/* Sends every tick that is due. One that the socket has no room for is sent the next time, so none is ever lost. */
static void player_send(struct player *p)
{
	uint64_t due = 0;
	if (read(p->timer, &due, sizeof due) == sizeof due) p->owed += due;
	if (p->fd < 0) { p->owed = 0; return; }	/* nobody is there: the time that passes is not made up for */
	for (; p->owed; p->owed--) {
		if (!p->unsent) next_message(p);
		p->unsent = send(p->fd, p->message, MESSAGE, MSG_DONTWAIT | MSG_NOSIGNAL) < 0;
		if (p->unsent) return;
	}
}

/* Takes what was heard. Returns 0 when the other side is gone. */
static int player_receive(struct player *p)
{
	uint8_t m[MESSAGE + 1];
	for (;;) {
		ssize_t n = recv(p->fd, m, sizeof m, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR)) return 1;
		if (n <= 0) return 0;
		if (n != MESSAGE || memcmp(m, "RFPA\1\0\0", 8)) {
			tell(p, "\"ev\":\"AUDIO_BAD\",\"octets\":%zd", n);
			return 0;
		}
		for (int ts = 0; ts < SLOTS; ts++) hear(&p->slot[ts], m + HEADER + ts * TICK);
	}
}

/* play, tones, capture, expect, silence. Returns 0, -1 when refused, -2 when the verb is none of these. */
static int player_command(struct player *p, const char *verb, int ts, const char *file, int off, const char *digits, int loop, const char *at)
{
	struct slot *s = &p->slot[ts & (SLOTS - 1)];
	if (strcmp(verb, "play") && strcmp(verb, "tones") && strcmp(verb, "capture") && strcmp(verb, "expect") && strcmp(verb, "silence")) return -2;
	if (ts < 1 || ts >= SLOTS) return -1;
	if (!strcmp(verb, "play")) {
		const char *why;
		uint32_t octets;
		uint8_t *clip = wav_read(file, &octets, &why);
		if (!clip) { fprintf(stderr, "%s: %s\n", file, why); return -1; }
		drop_clip(s);
		s->clip = clip; s->clip_octets = octets; s->clip_at = 0; s->loop = loop;
		s->start_tick = at ? strtoull(at, NULL, 10) / 10 : 0;
	} else if (!strcmp(verb, "tones")) {
		if (!*digits || s->keys[0] || strlen(digits) >= sizeof s->keys || strspn(digits, "0123456789*#ABCD") != strlen(digits)) return -1;
		strcpy(s->keys, digits); s->key_at = 0;
	} else if (!strcmp(verb, "capture")) {
		if (off) capture_stop(p, ts);
		else return capture_start(p, ts, file);
	} else if (!strcmp(verb, "expect")) {
		if (off) expect_stop(p, ts);
		else return expect_start(p, ts, file);
	} else {
		drop_clip(s);
		s->keys[0] = 0;
	}
	return 0;
}

static void player_close(struct player *p)
{
	for (int ts = 0; ts < SLOTS; ts++) capture_stop(p, ts);
	if (p->fd >= 0) close(p->fd);
	p->fd = -1;
}
