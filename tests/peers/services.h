/* SPDX-License-Identifier: GPL-2.0-only
 *
 * services.h - supplementary services of pri_peer: what libpri tells beside an event
 * (its subcommands), as fields of the JSON line, and the commands that start one.
 * Included by pri_peer.c alone, after jstr() and arg().
 *
 * Commands: connected id= number= name= pres= (before answer) | mcid id=
 *   | aoc id= kind=d|e charge=free|units|currency units= cost= currency=
 *   | aoc id= kind=s cost= currency=      (in hundredths: `cost` each minute of the conversation, and once for its setup)
 *   | mailbox number= waiting=0|1 count= from=    (what messages wait for a telephone)
 *   | transfer id= to= | transferred id= invoke= ok= | display id= text=
 *   | enable aoc|transfer|mcid|reroute|inbanddisconnect|connectack|service|cc [on=0]
 *   | completion do=available id=   (before alert or hangup; the answer's id is the number of the completion from then on)
 *   | completion do=request|accept|deny|free|suspend|resume|cancel cc= [noreply=1] | setup ... completes=CC
 */

static struct pri_subcommands *subcommands_of(pri_event *e)
{
	switch (e->e) {
	case PRI_EVENT_RING: case PRI_EVENT_INFO_RECEIVED: return e->ring.subcmds;
	case PRI_EVENT_RINGING: return e->ringing.subcmds;
	case PRI_EVENT_ANSWER: return e->answer.subcmds;
	case PRI_EVENT_FACILITY: return e->facility.subcmds;
	case PRI_EVENT_PROCEEDING: case PRI_EVENT_PROGRESS: return e->proceeding.subcmds;
	case PRI_EVENT_SETUP_ACK: return e->setup_ack.subcmds;
	case PRI_EVENT_NOTIFY: return e->notify.subcmds;
	case PRI_EVENT_KEYPAD_DIGIT: return e->digit.subcmds;
	case PRI_EVENT_HANGUP: case PRI_EVENT_HANGUP_REQ: case PRI_EVENT_HANGUP_ACK: return e->hangup.subcmds;
	case PRI_EVENT_CONNECT_ACK: return e->connect_ack.subcmds;
	case PRI_EVENT_HOLD: return e->hold.subcmds;
	case PRI_EVENT_RETRIEVE: return e->retrieve.subcmds;
	}
	return NULL;
}

static void tell_party(const char *what, const struct pri_party_id *party)
{
	char key[64];
	if (party->number.valid) {
		jstr(what, party->number.str);
		printf(",\"%s_pres\":%d,\"%s_plan\":%d", what, party->number.presentation, what, party->number.plan);
	}
	snprintf(key, sizeof key, "%s_name", what);
	if (party->name.valid) jstr(key, party->name.str);
	snprintf(key, sizeof key, "%s_sub", what);
	if (party->subaddress.valid) jstr(key, (const char *) party->subaddress.data);
}

static void tell_money(const char *what, int charge, const struct pri_aoc_recorded_currency *money, const struct pri_aoc_recorded_units *unit)
{
	printf(",\"%s\":%d", what, charge);
	if (charge == PRI_AOC_DE_CHARGE_UNITS && unit->num_items) printf(",\"units\":%ld", unit->item[0].number);
	if (charge == PRI_AOC_DE_CHARGE_CURRENCY) {
		printf(",\"cost\":%ld,\"multiplier\":%d", money->amount.cost, money->amount.multiplier);
		jstr("currency", money->currency);
	}
}

/* Of each price what it is for, how it is reckoned, and the sum. */
static void tell_tariff(const struct pri_subcmd_aoc_s *tariff)
{
	printf(",\"aoc_s\":%d", tariff->num_items);
	for (int i = 0; i < tariff->num_items; i++) {
		const struct pri_aoc_s_element *e = &tariff->item[i];
		long cost = e->rate_type == PRI_AOC_RATE_TYPE_DURATION ? e->rate.duration.amount.cost : e->rate_type == PRI_AOC_RATE_TYPE_FLAT ? e->rate.flat.amount.cost : -1;
		printf(",\"price_%d\":[%d,%d,%ld]", i, e->chargeable, e->rate_type, cost);
	}
}

static void tell_subcommand(struct end *x, const struct pri_subcommand *s)
{
	switch (s->cmd) {
	case PRI_SUBCMD_CONNECTED_LINE: tell_party("connected", &s->u.connected_line.id); break;
	case PRI_SUBCMD_REDIRECTING:
		tell_party("diverted_from", &s->u.redirecting.from);
		tell_party("diverted_to", &s->u.redirecting.to);
		tell_party("first_called", &s->u.redirecting.orig_called);
		printf(",\"diversions\":%d,\"reason\":%d", s->u.redirecting.count, s->u.redirecting.reason);
		break;
	case PRI_SUBCMD_REROUTING:
		tell_party("reroute_to", &s->u.rerouting.deflection.to);
		printf(",\"invoke\":%d", s->u.rerouting.invoke_id);
		break;
	case PRI_SUBCMD_TRANSFER_CALL:
		printf(",\"transfer\":[%d,%d],\"invoke\":%d", call_id(x, s->u.transfer.call_1, 0), call_id(x, s->u.transfer.call_2, 0), s->u.transfer.invoke_id);
		break;
	case PRI_SUBCMD_AOC_S: tell_tariff(&s->u.aoc_s); break;
	case PRI_SUBCMD_AOC_D: tell_money("aoc_d", s->u.aoc_d.charge, &s->u.aoc_d.recorded.money, &s->u.aoc_d.recorded.unit); break;
	case PRI_SUBCMD_AOC_E: tell_money("aoc_e", s->u.aoc_e.charge, &s->u.aoc_e.recorded.money, &s->u.aoc_e.recorded.unit); break;
	case PRI_SUBCMD_MCID_REQ: printf(",\"mcid_req\":1"); break;
	case PRI_SUBCMD_MCID_RSP: printf(",\"mcid_rsp\":%d,\"fail_code\":%d", s->u.mcid_rsp.status, s->u.mcid_rsp.fail_code); break;
	case PRI_SUBCMD_CC_AVAILABLE: printf(",\"cc_available\":%ld", s->u.cc_available.cc_id); break;
	case PRI_SUBCMD_CC_REQ: printf(",\"cc_asked\":%ld,\"noreply\":%d", s->u.cc_request.cc_id, s->u.cc_request.mode); break;
	case PRI_SUBCMD_CC_REQ_RSP:
		printf(",\"cc_answered\":%ld,\"status\":%d,\"fail_code\":%d", s->u.cc_request_rsp.cc_id, s->u.cc_request_rsp.status, s->u.cc_request_rsp.fail_code);
		break;
	case PRI_SUBCMD_CC_REMOTE_USER_FREE: printf(",\"cc_possible\":%ld", s->u.cc_remote_user_free.cc_id); break;
	case PRI_SUBCMD_CC_STATUS: printf(",\"cc_status\":%ld,\"busy\":%d", s->u.cc_status.cc_id, s->u.cc_status.status); break;
	case PRI_SUBCMD_CC_CALL: printf(",\"cc_call\":%ld", s->u.cc_call.cc_id); break;
	case PRI_SUBCMD_CC_CANCEL: printf(",\"cc_cancelled\":%ld", s->u.cc_cancel.cc_id); break;
	case PRI_SUBCMD_DISPLAY_TEXT: jstr("display", s->u.display.text); break;
	default: printf(",\"subcommand\":%d", s->cmd);
	}
}

static void tell_subcommands(struct end *x, pri_event *e)
{
	struct pri_subcommands *all = subcommands_of(e);
	for (int i = 0; all && i < all->counter_subcmd; i++) tell_subcommand(x, &all->subcmd[i]);
}

static int send_connected(struct end *x, q931_call *c, char **t, int n)
{
	struct pri_party_connected_line line;
	memset(&line, 0, sizeof line);
	line.id.number.valid = 1;
	line.id.number.plan = PRI_NATIONAL_ISDN;
	line.id.number.presentation = strtol(arg(t, n, "pres", "0"), 0, 0);
	cpy(line.id.number.str, sizeof line.id.number.str, arg(t, n, "number", ""));
	if (*arg(t, n, "name", "")) {
		line.id.name.valid = 1; line.id.name.char_set = 1;
		cpy(line.id.name.str, sizeof line.id.name.str, arg(t, n, "name", ""));
	}
	return pri_connected_line_update(x->pri, c, &line);
}

static int send_tariff(struct end *x, q931_call *c, long cost, const char *currency)
{
	struct pri_subcmd_aoc_s tariff;
	memset(&tariff, 0, sizeof tariff);
	tariff.num_items = 2;
	struct pri_aoc_s_element *talk = &tariff.item[0], *setup = &tariff.item[1];
	talk->chargeable = PRI_AOC_CHARGED_ITEM_BASIC_COMMUNICATION;
	talk->rate_type = PRI_AOC_RATE_TYPE_DURATION;
	talk->rate.duration.amount = (struct pri_aoc_amount) { cost, PRI_AOC_MULTIPLIER_HUNDREDTH };
	talk->rate.duration.time = (struct pri_aoc_time) { 1, PRI_AOC_TIME_SCALE_MINUTE };
	cpy(talk->rate.duration.currency, sizeof talk->rate.duration.currency, currency);
	setup->chargeable = PRI_AOC_CHARGED_ITEM_CALL_SETUP;
	setup->rate_type = PRI_AOC_RATE_TYPE_FLAT;
	setup->rate.flat.amount = talk->rate.duration.amount;
	cpy(setup->rate.flat.currency, sizeof setup->rate.flat.currency, currency);
	return pri_aoc_s_send(x->pri, c, &tariff);
}

static int send_aoc(struct end *x, q931_call *c, char **t, int n)
{
	if (!strcmp(arg(t, n, "kind", "d"), "s")) return send_tariff(x, c, atol(arg(t, n, "cost", "0")), arg(t, n, "currency", "EUR"));
	const char *charge = arg(t, n, "charge", "units");
	int what = !strcmp(charge, "free") ? PRI_AOC_DE_CHARGE_FREE : !strcmp(charge, "currency") ? PRI_AOC_DE_CHARGE_CURRENCY : PRI_AOC_DE_CHARGE_UNITS;
	struct pri_aoc_recorded_currency money = { { atol(arg(t, n, "cost", "0")), PRI_AOC_MULTIPLIER_HUNDREDTH }, "" };
	struct pri_aoc_recorded_units unit = { 1, { { atol(arg(t, n, "units", "0")), -1 } } };
	cpy(money.currency, sizeof money.currency, arg(t, n, "currency", "EUR"));
	if (!strcmp(arg(t, n, "kind", "d"), "e")) {
		struct pri_subcmd_aoc_e e;
		memset(&e, 0, sizeof e);
		e.charge = what;
		if (what == PRI_AOC_DE_CHARGE_CURRENCY) e.recorded.money = money; else e.recorded.unit = unit;
		return pri_aoc_e_send(x->pri, c, &e);
	}
	struct pri_subcmd_aoc_d d;
	memset(&d, 0, sizeof d);
	d.charge = what;
	if (what == PRI_AOC_DE_CHARGE_CURRENCY) d.recorded.money = money; else d.recorded.unit = unit;
	return pri_aoc_d_send(x->pri, c, &d);
}

static int send_display(struct end *x, q931_call *c, const char *text)
{
	struct pri_subcmd_display_txt display = { .char_set = 1, .length = strlen(text) };
	cpy(display.text, sizeof display.text, text);
	return pri_display_text(x->pri, c, &display);
}

/* A private network is told over a connection of its own, the user of EuroISDN without one. */
static int send_mailbox(struct end *x, int sw, char **t, int n)
{
	const char *whose = arg(t, n, "number", ""), *from = arg(t, n, "from", "");
	int waiting = atoi(arg(t, n, "waiting", "1"));
	struct pri_party_id mailbox, caller;
	if (sw == PRI_SWITCH_QSIG) {
		q931_call *c = pri_new_call(x->pri);
		int (*tell)(struct pri *, q931_call *, char *, int, char *, int, char *, int) = waiting ? pri_mwi_activate : pri_mwi_deactivate;
		return tell(x->pri, c, (char *) from, PRI_NATIONAL_ISDN, NULL, 0, (char *) whose, PRI_UNKNOWN);
	}
	memset(&mailbox, 0, sizeof mailbox); memset(&caller, 0, sizeof caller);
	mailbox.number.valid = 1; caller.number.valid = *from != 0;
	mailbox.number.plan = caller.number.plan = PRI_NATIONAL_ISDN;
	cpy(mailbox.number.str, sizeof mailbox.number.str, whose);
	cpy(caller.number.str, sizeof caller.number.str, from);
	return pri_mwi_indicate(x->pri, &mailbox, 1 /* speech */, waiting ? atoi(arg(t, n, "count", "1")) : 0, *from ? &caller : NULL, NULL, -1, -1);
}

static int enable(struct end *x, char **t, int n)
{
	int on = atoi(arg(t, n, "on", "1"));
	if (has_word(t, n, "aoc")) pri_aoc_events_enable(x->pri, on);
	else if (has_word(t, n, "transfer")) pri_transfer_enable(x->pri, on);
	else if (has_word(t, n, "mcid")) pri_mcid_enable(x->pri, on);
	else if (has_word(t, n, "reroute")) pri_reroute_enable(x->pri, on);
	else if (has_word(t, n, "inbanddisconnect")) pri_set_inbanddisconnect(x->pri, on);
	else if (has_word(t, n, "connectack")) pri_connect_ack_enable(x->pri, on);
	else if (has_word(t, n, "cc")) pri_cc_enable(x->pri, on);
	else if (has_word(t, n, "service")) return pri_set_service_message_support(x->pri, on);
	else return -1;
	return 0;
}

/* EN 300 359-1 and ECMA-186, whichever the switch speaks. */
static int complete(struct end *x, q931_call *c, char **t, int n, int *id)
{
	const char *what = arg(t, n, "do", "");
	long cc = atol(arg(t, n, "cc", "0"));
	if (!strcmp(what, "available")) { *id = (int) pri_cc_available(x->pri, c); return *id < 0 ? -1 : 0; }
	if (!strcmp(what, "request")) return pri_cc_req(x->pri, cc, atoi(arg(t, n, "noreply", "0")));
	if (!strcmp(what, "accept")) return pri_cc_req_rsp(x->pri, cc, 0);
	if (!strcmp(what, "deny")) return pri_cc_req_rsp(x->pri, cc, 2 /* short term */);
	if (!strcmp(what, "free")) pri_cc_remote_user_free(x->pri, cc);
	else if (!strcmp(what, "suspend")) pri_cc_status(x->pri, cc, 1);
	else if (!strcmp(what, "resume")) pri_cc_status(x->pri, cc, 0);
	else if (!strcmp(what, "cancel")) pri_cc_cancel(x->pri, cc);
	else return -1;
	return 0;
}

/* A command of this file; 0 where it is none. */
static int service_command(struct end *x, const char *v, q931_call *c, char **t, int n, int *rc, int *id)
{
	int other = atoi(arg(t, n, "to", "0"));
	if (!strcmp(v, "connected")) *rc = send_connected(x, c, t, n);
	else if (!strcmp(v, "mcid")) *rc = pri_mcid_req_send(x->pri, c);
	else if (!strcmp(v, "aoc")) *rc = send_aoc(x, c, t, n);
	else if (!strcmp(v, "transfer")) *rc = other > 0 && other < NCALL ? pri_channel_bridge(c, P.calls[other]) : -1;
	else if (!strcmp(v, "transferred")) *rc = pri_transfer_rsp(x->pri, c, atoi(arg(t, n, "invoke", "0")), atoi(arg(t, n, "ok", "1")));
	else if (!strcmp(v, "mailbox")) *rc = send_mailbox(x, x->sw, t, n);
	else if (!strcmp(v, "display")) *rc = send_display(x, c, arg(t, n, "text", ""));
	else if (!strcmp(v, "completion")) *rc = complete(x, c, t, n, id);
	else if (!strcmp(v, "enable")) *rc = enable(x, t, n);
	else return 0;
	return 1;
}
