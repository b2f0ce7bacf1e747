/*
 * Caller id and keys by SpanDSP, as a measuring stick: a program of its own for tests, never linked into the box and never in its
 * image. SpanDSP is LGPL-2.1.
 *
 *   adsi_peer decode class|clip              s16 at 8 kHz in; one line a field out: TYPE and its octets, in hex
 *   adsi_peer encode class|clip NUMBER NAME  s16 at 8 kHz out; NAME as it is to go over the line
 *   adsi_peer digits                         s16 at 8 kHz in; the keys that were heard (DTMF)
 *   adsi_peer keys DIGITS                    s16 at 8 kHz out: the keys (DTMF)
 */
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SPANDSP_EXPOSE_INTERNAL_STRUCTURES
#include <spandsp.h>

/*
 * SpanDSP takes a modem's signal for silence from about -30 dBm0 down. Telephones have to bear -36 dBm0 (GR-30-CORE), so its gate is
 * opened further; its receiver stays as it is.
 */
#define GATE_DBM0 -45.0f

static adsi_rx_state_t *rx;

static void print_octets(const uint8_t *octets, int len)
{
    for (int at = 0; at < len; at++)
        printf("%02x", octets[at]);
    printf("\n");
}

static void put_message(void *user_data, const uint8_t *message, int len)
{
    uint8_t type;
    const uint8_t *body;
    int body_len;
    int at = -1;

    (void) user_data;
    while ((at = adsi_next_field(rx, message, len, at, &type, &body, &body_len)) > 0) {
        if (body == NULL) {
            printf("message %02x\n", type);
            continue;
        }
        printf("%02x ", type);
        print_octets(body, body_len);
    }
}

static int decode(int standard)
{
    int16_t samples[160];
    size_t count;

    rx = adsi_rx_init(NULL, standard, put_message, NULL);
    fsk_rx_signal_cutoff(&rx->fskrx, GATE_DBM0);
    while ((count = fread(samples, sizeof(samples[0]), 160, stdin)) > 0)
        adsi_rx(rx, samples, (int) count);
    return 0;
}

static int encode(int standard, const char *number, const char *name)
{
    uint8_t message[256];
    int16_t samples[160];
    int len;
    int count;
    int silence = 0;
    adsi_tx_state_t *tx = adsi_tx_init(NULL, standard);
    int class = standard == ADSI_STANDARD_CLASS;

    len = adsi_add_field(tx, message, -1, class ? CLASS_MDMF_CALLERID : CLIP_MDMF_CALLERID, NULL, 0);
    len = adsi_add_field(tx, message, len, class ? MCLASS_DATETIME : CLIP_DATETIME, (const uint8_t *) "11252010", 8);
    len = adsi_add_field(tx, message, len, class ? MCLASS_CALLER_NUMBER : CLIP_CALLER_NUMBER, (const uint8_t *) number, (int) strlen(number));
    len = adsi_add_field(tx, message, len, class ? MCLASS_CALLER_NAME : CLIP_CALLER_NAME, (const uint8_t *) name, (int) strlen(name));
    adsi_tx_put_message(tx, message, len);
    while (silence < 10) {
        count = adsi_tx(tx, samples, 160);
        if (count < 160) {
            memset(samples + count, 0, sizeof(samples[0]) * (size_t) (160 - count));
            silence++;
        }
        fwrite(samples, sizeof(samples[0]), 160, stdout);
    }
    return 0;
}

static int digits(void)
{
    int16_t samples[160];
    char heard[128];
    size_t count;
    dtmf_rx_state_t *dtmf = dtmf_rx_init(NULL, NULL, NULL);

    while ((count = fread(samples, sizeof(samples[0]), 160, stdin)) > 0)
        dtmf_rx(dtmf, samples, (int) count);
    heard[dtmf_rx_get(dtmf, heard, sizeof(heard) - 1)] = '\0';
    printf("%s\n", heard);
    return 0;
}

static int keys(const char *pressed)
{
    int16_t samples[160];
    int count;
    dtmf_tx_state_t *dtmf = dtmf_tx_init(NULL);

    dtmf_tx_put(dtmf, pressed, -1);
    while ((count = dtmf_tx(dtmf, samples, 160)) > 0)
        fwrite(samples, sizeof(samples[0]), (size_t) count, stdout);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "digits") == 0)
        return digits();
    if (argc == 3 && strcmp(argv[1], "keys") == 0)
        return keys(argv[2]);
    if (argc >= 3) {
        int standard = strcmp(argv[2], "class") == 0 ? ADSI_STANDARD_CLASS : ADSI_STANDARD_CLIP;

        if (strcmp(argv[1], "decode") == 0)
            return decode(standard);
        if (strcmp(argv[1], "encode") == 0 && argc == 5)
            return encode(standard, argv[3], argv[4]);
    }
    fprintf(stderr, "adsi_peer decode class|clip, encode class|clip NUMBER NAME, digits, or keys DIGITS\n");
    return 2;
}
