/*
 * G.711, G.722 and G.726 by SpanDSP, as a measuring stick: a program of its own for tests and benches, never linked into the box
 * and never in its image. SpanDSP is LGPL-2.1.
 *
 *   codec_peer g726 encode RATE linear|a|mu   s16 at 8 kHz, or octets of the law, in; a code an octet out
 *   codec_peer g726 decode RATE linear|a|mu   back
 *   codec_peer g722 encode RATE               s16 at 16 kHz in; octets out
 *   codec_peer g722 decode RATE               back
 *   codec_peer measure CHANNELS SAMPLES       first so many s16 in; then for each line in, WHAT BLOCKS, the nanoseconds that so many
 *                                             blocks of 20 ms of all channels take, as a line out; WHAT is g711_decode,
 *                                             g711_encode, or, encoded and decoded, g722, g726 (linear) or g726_a
 *
 * RATE is in bit/s.
 */
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <spandsp.h>

#define BLOCK 160

static int fail(const char *why)
{
    fprintf(stderr, "codec_peer: %s\n", why);
    return 2;
}

static int coding_of(const char *name)
{
    if (strcmp(name, "a") == 0)
        return G726_ENCODING_ALAW;
    return strcmp(name, "mu") == 0 ? G726_ENCODING_ULAW : G726_ENCODING_LINEAR;
}

/* Samples, or octets of a law: SpanDSP takes and gives both by the same pointer. */
static int g726(int encoding, int rate, int coding)
{
    int16_t samples[BLOCK];
    uint8_t codes[BLOCK];
    size_t count;
    size_t size = coding == G726_ENCODING_LINEAR ? sizeof(samples[0]) : 1;
    g726_state_t *state = g726_init(NULL, rate, coding, G726_PACKING_NONE);

    if (state == NULL)
        return fail("SpanDSP has no such rate");
    if (encoding) {
        while ((count = fread(samples, size, BLOCK, stdin)) > 0)
            fwrite(codes, 1, (size_t) g726_encode(state, codes, samples, (int) count), stdout);
    } else {
        while ((count = fread(codes, 1, BLOCK, stdin)) > 0)
            fwrite(samples, size, (size_t) g726_decode(state, samples, codes, (int) count), stdout);
    }
    return 0;
}

static int g722(int encoding, int rate)
{
    int16_t samples[2 * BLOCK];
    uint8_t octets[BLOCK];
    size_t count;

    if (encoding) {
        g722_encode_state_t *state = g722_encode_init(NULL, rate, 0);

        while ((count = fread(samples, sizeof(samples[0]), BLOCK, stdin)) > 0)
            fwrite(octets, 1, (size_t) g722_encode(state, octets, samples, (int) count), stdout);
    } else {
        g722_decode_state_t *state = g722_decode_init(NULL, rate, 0);

        while ((count = fread(octets, 1, BLOCK, stdin)) > 0)
            fwrite(samples, sizeof(samples[0]), (size_t) g722_decode(state, samples, octets, (int) count), stdout);
    }
    return 0;
}

/* Everything that a measurement works on. */
static int channels;
static int blocks;
static int sample_count;
static int16_t *speech;
static uint8_t *coded;
static uint8_t a_of_linear[8192];
static int16_t linear_of_a[256];

/* 20 ms at 16 kHz, or 40 at 8, each channel at another place. */
static long place_of(int channel, int block)
{
    return ((long) channel * (sample_count / channels) + (long) block * 2 * BLOCK) % (sample_count - 2 * BLOCK);
}

static double thread_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double) now.tv_sec * 1e9 + (double) now.tv_nsec;
}

/* What was written there has been looked at. */
static void seen(const void *written)
{
    __asm__ volatile("" : : "r"(written) : "memory");
}

/* By tables, which is the quickest that is in use. */
static void g711_decode_block(long place)
{
    static int16_t linear[BLOCK];

    for (int at = 0; at < BLOCK; at++)
        linear[at] = linear_of_a[coded[place + at]];
    seen(linear);
}

static void g711_encode_block(long place)
{
    static uint8_t octets[BLOCK];

    for (int at = 0; at < BLOCK; at++)
        octets[at] = a_of_linear[(uint16_t) speech[place + at] >> 3];
    seen(octets);
}

static double g711_measured(void (*block_of)(long place))
{
    double before = thread_ns();

    for (int block = 0; block < blocks; block++)
        for (int channel = 0; channel < channels; channel++)
            block_of(place_of(channel, block));
    return thread_ns() - before;
}

static double g722_measured(void)
{
    g722_encode_state_t **encoders = calloc((size_t) channels, sizeof(*encoders));
    g722_decode_state_t **decoders = calloc((size_t) channels, sizeof(*decoders));
    uint8_t octets[2 * BLOCK];
    int16_t samples[2 * BLOCK];
    double before;
    double spent;

    for (int channel = 0; channel < channels; channel++) {
        encoders[channel] = g722_encode_init(NULL, 64000, 0);
        decoders[channel] = g722_decode_init(NULL, 64000, 0);
    }
    before = thread_ns();
    for (int block = 0; block < blocks; block++)
        for (int channel = 0; channel < channels; channel++) {
            int len = g722_encode(encoders[channel], octets, speech + place_of(channel, block), 2 * BLOCK);

            g722_decode(decoders[channel], samples, octets, len);
            seen(samples);
        }
    spent = thread_ns() - before;
    for (int channel = 0; channel < channels; channel++) {
        g722_encode_free(encoders[channel]);
        g722_decode_free(decoders[channel]);
    }
    free(encoders);
    free(decoders);
    return spent;
}

static double g726_measured(int coding)
{
    g726_state_t **encoders = calloc((size_t) channels, sizeof(*encoders));
    g726_state_t **decoders = calloc((size_t) channels, sizeof(*decoders));
    uint8_t codes[BLOCK];
    int16_t samples[BLOCK];
    double before;
    double spent;

    for (int channel = 0; channel < channels; channel++) {
        encoders[channel] = g726_init(NULL, 32000, coding, G726_PACKING_NONE);
        decoders[channel] = g726_init(NULL, 32000, coding, G726_PACKING_NONE);
    }
    before = thread_ns();
    for (int block = 0; block < blocks; block++)
        for (int channel = 0; channel < channels; channel++) {
            long place = place_of(channel, block);
            const int16_t *said = coding == G726_ENCODING_LINEAR ? speech + place : (const int16_t *) (coded + place);
            int len = g726_encode(encoders[channel], codes, said, BLOCK);

            g726_decode(decoders[channel], samples, codes, len);
            seen(samples);
        }
    spent = thread_ns() - before;
    for (int channel = 0; channel < channels; channel++) {
        g726_free(encoders[channel]);
        g726_free(decoders[channel]);
    }
    free(encoders);
    free(decoders);
    return spent;
}

static double measured(const char *what)
{
    if (strcmp(what, "g711_decode") == 0)
        return g711_measured(g711_decode_block);
    if (strcmp(what, "g711_encode") == 0)
        return g711_measured(g711_encode_block);
    if (strcmp(what, "g722") == 0)
        return g722_measured();
    return g726_measured(strcmp(what, "g726_a") == 0 ? G726_ENCODING_ALAW : G726_ENCODING_LINEAR);
}

static int measure(void)
{
    char line[32];
    char what[16];

    if (channels < 1 || sample_count < 4 * BLOCK)
        return fail("there is nothing to measure on");
    speech = malloc((size_t) sample_count * sizeof(speech[0]));
    coded = malloc((size_t) sample_count);
    if (fread(speech, sizeof(speech[0]), (size_t) sample_count, stdin) != (size_t) sample_count)
        return fail("samples are missing");
    for (int octet = 0; octet < 256; octet++)
        linear_of_a[octet] = alaw_to_linear((uint8_t) octet);
    for (int part = 0; part < 8192; part++)
        a_of_linear[part] = linear_to_alaw((int16_t) (part << 3));
    for (int at = 0; at < sample_count; at++)
        coded[at] = linear_to_alaw(speech[at]);
    while (fgets(line, sizeof(line), stdin) != NULL) {
        if (sscanf(line, "%15s %d", what, &blocks) != 2)
            return fail("WHAT BLOCKS, a line each");
        printf("%.0f\n", measured(what));
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "measure") == 0) {
        channels = atoi(argv[2]);
        sample_count = atoi(argv[3]);
        return measure();
    }
    if (argc == 5 && strcmp(argv[1], "g726") == 0)
        return g726(strcmp(argv[2], "encode") == 0, atoi(argv[3]), coding_of(argv[4]));
    if (argc == 4 && strcmp(argv[1], "g722") == 0)
        return g722(strcmp(argv[2], "encode") == 0, atoi(argv[3]));
    return fail("see the head of codec_peer.c");
}
