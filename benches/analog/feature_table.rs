//! The features of telephones and outside lines, each with the transcripts of `tests/sim` that show it.

/// A feature, and its transcripts.
pub type Feature = (&'static str, &'static [&'static str]);

/// All of them: telephones, outside lines, what is keyed, ports.
pub const FEATURES: &[Feature] = &[
    (
        "dial tone, and busy, howler and lock-out of a handset left off",
        &[
            "tones::who_lifts_the_handset_hears_dial_tone_without_a_break_until_the_first_digit",
            "analog::a_handset_left_off_hears_busy_then_the_howler_and_is_then_unavailable_until_it_is_put_down",
        ],
    ),
    (
        "handsets that are up at the start",
        &[
            "left_off::handsets_that_are_up_when_the_box_starts_go_through_all_tones_are_locked_out_and_work_once_they_were_down",
        ],
    ),
    (
        "calls among telephones, by keys and by pulses",
        &[
            "inside::one_telephone_calls_another_by_keys_they_hear_each_other_and_are_recorded",
            "inside::an_old_telephone_dials_by_pulses",
            "inside::a_number_that_nobody_has_is_answered_with_a_tone_and_the_next_call_works",
            "inside::a_hash_behind_a_number_outside_calls_at_once_and_without_it_so_long_is_waited_as_the_settings_say",
            "inside::dial_tone_lasts_as_the_settings_say_and_who_stops_within_a_number_hears_so",
        ],
    ),
    (
        "stutter dial tone, howler and special information, as SpanDSP hears them",
        &["spandsp::spandsp_hears_the_howler_the_dial_tone_of_who_has_messages_and_that_nobody_has_a_number"],
    ),
    (
        "ringback, busy and congestion tone",
        &[
            "tones::who_calls_a_telephone_hears_ringback_and_busy_when_the_other_hangs_up",
            "tones::who_calls_a_telephone_in_use_hears_busy",
            "tones::who_calls_outside_without_a_line_hears_congestion",
        ],
    ),
    (
        "caller id of a telephone, as SpanDSP reads it",
        &[
            "spandsp::spandsp_reads_number_and_name_from_what_a_telephone_of_the_box_is_sent",
            "spandsp::spandsp_reads_who_calls_in_digits_where_a_telephone_is_told_so_before_it_rings",
            "spandsp::spandsp_reads_the_day_and_the_hour_of_the_house_where_its_time_zone_is_set_and_a_clock_is",
            "analog::a_telephone_is_told_who_calls_in_the_silence_after_its_own_first_ring_with_the_name_of_the_house",
            "analog::a_caller_who_hides_and_one_whom_the_network_does_not_know_are_shown_as_such",
            "analog::a_telephone_lifted_during_the_message_hears_its_caller_and_nothing_of_the_message",
        ],
    ),
    (
        "ringing current",
        &["ring_budget::all_of_32_telephones_called_at_once_ring_within_one_cadence_and_never_above_what_the_card_can"],
    ),
    (
        "the time of a flash and of a hang-up",
        &[
            "analog::a_hang_up_is_heard_after_the_countrys_flash_time_or_the_stations_own_which_holds_at_once",
            "analog::a_hook_flash_in_a_call_changes_nothing_for_either_party",
        ],
    ),
    (
        "hold, third party and conference",
        &[
            "conference::a_flash_holds_with_music_a_second_lets_three_talk_and_a_third_lets_the_last_one_go",
            "conference::who_only_holds_does_so_until_the_next_flash_and_may_still_call_somebody",
            "conference::who_cannot_reach_the_third_party_hears_why_and_is_back_with_the_one_on_hold",
            "conference::who_hangs_up_when_the_third_party_is_busy_is_rung_back_by_the_one_on_hold",
            "conference::who_is_on_hold_and_hangs_up_leaves_the_other_two_talking",
            "conference::an_emergency_service_is_not_put_on_hold",
        ],
    ),
    (
        "transfer and conference among three in all orders",
        &[
            "orders::whoever_goes_of_three_of_whom_one_holds_a_caller_the_others_talk_and_all_is_recorded",
            "orders::whoever_goes_of_three_in_the_house_the_others_talk_and_all_is_recorded",
            "orders::whoever_goes_of_two_and_one_called_outside_the_others_talk_and_all_is_recorded",
            "orders::whoever_goes_of_three_of_whom_one_holds_a_caller_on_an_outside_line_the_others_talk_and_all_is_recorded",
            "orders::whoever_goes_of_two_and_one_called_on_an_outside_line_the_others_talk_and_all_is_recorded",
            "orders::who_goes_from_between_two_outside_is_rung_back_or_ends_it_and_all_is_recorded",
            "orders::who_goes_from_between_two_on_outside_lines_is_rung_back_or_ends_it_and_all_is_recorded",
            "orders::who_goes_from_between_a_caller_on_an_outside_line_and_one_called_by_the_exchange_is_rung_back_or_ends_it",
            "orders::who_goes_from_between_a_caller_of_the_exchange_and_one_called_on_an_outside_line_is_rung_back_or_ends_it",
        ],
    ),
    (
        "transfer before the answer",
        &[
            "transfer::who_hangs_up_while_the_third_rings_transfers_the_party_who_hears_it_ring_and_then_talks",
            "transfer::who_hangs_up_right_after_the_number_means_it",
            "transfer::a_third_party_that_does_not_answer_or_is_busy_sends_the_party_back",
            "transfer::a_queue_takes_the_party_in_and_an_agent_answers_it",
            "transfer::two_outside_are_not_brought_together",
            "transfer::who_flashes_and_puts_the_handset_down_is_rung_at_once_by_the_one_on_hold",
            "transfer::without_the_setting_nobody_is_transferred_before_the_answer_and_the_party_on_hold_rings_back",
        ],
    ),
    (
        "call waiting, with who waits",
        &[
            "call_waiting::a_call_waits_with_a_tone_and_each_flash_changes_between_two_parties_each_with_its_recording",
            "call_waiting::spandsp_reads_who_waits_where_the_telephone_answers_the_alert_and_the_talk_goes_on",
            "call_waiting::abroad_spandsp_reads_who_waits_by_the_countrys_modem",
            "call_waiting::a_telephone_that_is_put_down_rings_for_who_waits_and_for_who_is_on_hold",
            "call_waiting::no_call_waits_at_an_agents_telephone_nor_at_one_that_talks_to_an_emergency_service_or_to_two",
        ],
    ),
    (
        "lamp and modem for messages",
        &[
            "lamp::a_mailbox_over_the_tie_line_lights_the_lamp_of_whom_it_is_for_and_puts_it_out",
            "mail::a_telephone_with_a_modem_is_told_by_it_while_its_handset_is_down_as_spandsp_reads_it",
        ],
    ),
    (
        "hot lines",
        &[
            "hot_line::a_hot_line_is_connected_without_a_dial_tone_also_where_the_telephone_is_locked",
            "hot_line::a_hot_line_to_an_extension_behind_a_number_outside_pauses_and_its_number_is_kept_without",
            "hot_line::a_hot_line_that_waits_gives_time_to_dial_an_emergency_number_and_calls_when_nothing_is_dialled",
        ],
    ),
    (
        "door stations",
        &[
            "hot_line::a_door_station_rings_whom_the_settings_name_and_is_made_to_let_go",
            "hot_line::a_door_station_that_dials_nothing_is_made_to_let_go",
        ],
    ),
    (
        "battery drop to what is plugged in",
        &[
            "battery_drop::a_machine_whose_feed_is_cut_when_its_caller_hangs_up_lets_go_and_takes_the_next_call",
            "battery_drop::whoever_does_not_let_go_hears_busy_tone_once_the_feed_is_back",
            "battery_drop::a_telephones_feed_is_not_cut",
        ],
    ),
    (
        "fax machines",
        &[
            "machines::a_fax_machine_on_an_outside_line_and_one_that_answers_at_a_telephones_jack_are_told_each_of_its_leg",
        ],
    ),
    (
        "headsets: callers after a tone, and keys that dial",
        &[
            "headset::callers_of_the_queue_come_into_the_ear_after_a_tone_and_none_while_the_headset_is_down",
            "headset::who_wears_it_dials_hears_what_became_of_it_and_is_ready_again",
            "headset::an_emergency_number_and_the_codes_of_agents_are_keyed_at_a_headset_that_is_ready",
        ],
    ),
    (
        "headsets: whisper, and answer by a key",
        &[
            "headset::the_queue_is_whispered_into_the_agents_ear_after_the_tone_and_the_caller_hears_music_meanwhile",
            "headset::where_a_key_answers_the_caller_waits_for_it_and_who_does_not_press_it_is_offered_the_call_no_more",
        ],
    ),
    (
        "pickup in the group and at an extension",
        &[
            "pick_up::a_telephone_of_the_group_takes_the_call_that_rings_at_another_one",
            "pick_up::a_telephone_of_no_group_takes_it_by_the_extension_and_not_without",
            "pick_up::of_two_that_ring_in_the_group_the_older_is_taken_first",
        ],
    ),
    (
        "park, and take up",
        &[
            "pick_up::a_party_is_parked_with_music_and_taken_up_at_any_telephone_with_one_recording",
            "pick_up::a_place_that_is_taken_leaves_the_second_party_with_its_holder",
            "pick_up::whoever_parked_is_rung_when_nobody_takes_the_party_up",
        ],
    ),
    (
        "rings by where a call comes from",
        &[
            "rings::calls_of_the_house_from_outside_and_of_a_queue_ring_each_in_its_way",
            "rings::without_a_row_of_the_settings_all_calls_ring_alike",
            "rings::who_calls_is_read_in_the_silence_after_the_second_burst",
        ],
    ),
    (
        "fax machines: nothing touches what they send and receive",
        &["echo::what_a_fax_machine_sends_and_receives_is_the_same_octet_for_octet_as_without_a_canceller"],
    ),
    ("redial", &["pick_up::the_last_number_is_dialled_again_and_who_dialled_none_is_told_so"]),
    (
        "forwarding: always, when busy, when nobody answers",
        &[
            "forward::all_calls_go_to_another_number_until_it_is_cleared_and_the_telephone_tells_which_holds",
            "forward::calls_go_on_when_it_is_busy_and_when_nobody_answers",
            "forward::a_circle_ends_at_the_last_telephone_and_a_secretary_gets_through",
            "forward::a_restart_forgets_nothing_that_was_set",
        ],
    ),
    (
        "do-not-disturb",
        &[
            "forward::a_telephone_that_no_call_rings_says_so_by_its_dial_tone_until_that_is_cleared_also_over_a_restart",
            "forward::who_is_not_to_be_disturbed_is_busy_to_callers_and_is_offered_nothing_by_queues",
            "forward::an_emergency_service_that_calls_back_rings_whatever_is_set",
        ],
    ),
    ("call back when it is free", &["call_back::an_extension_that_was_busy_is_called_when_both_telephones_are_down"]),
    (
        "voicemail",
        &[
            "mail::a_caller_leaves_a_message_and_its_person_hears_it_after_the_pin_and_deletes_it",
            "mail::a_word_is_no_message_and_a_full_box_or_disk_takes_none_and_says_so",
            "mail::only_the_pin_of_its_person_opens_a_box_at_whatever_telephone_and_none_at_a_locked_one",
        ],
    ),
    (
        "voicemail: a greeting of one's own",
        &[
            "mail::who_records_a_greeting_at_the_telephone_has_it_heard_by_callers_until_the_standard_one_is_wanted_again",
            "mail::a_greeting_that_is_reset_at_the_page_is_heard_by_no_further_caller",
            "mail::a_greeting_that_the_disk_does_not_take_or_give_is_the_one_before_or_the_standard_one_and_goes_with_its_person",
        ],
    ),
    (
        "agents: sign in and out, pause, end of the wrap-up",
        &[
            "agents::who_signs_out_or_pauses_is_offered_nobody_until_signing_in_also_over_a_restart",
            "agents::who_ends_the_wrap_up_gets_the_next_caller_at_once",
        ],
    ),
    (
        "supervisors: listen, whisper, barge in",
        &[
            "supervision::a_supervisor_listens_whispers_barges_in_and_listens_again_and_each_hears_whom_they_should",
            "supervision::three_wrong_pins_end_the_try_and_lock_the_person_for_a_minute",
            "supervision::who_is_no_supervisor_is_refused_and_a_supervisor_keys_the_own_number_at_another_telephone",
        ],
    ),
    (
        "locked telephones",
        &[
            "lock::only_emergency_numbers_are_dialled_where_nothing_is_left_open_and_no_code_does_anything",
            "lock::no_code_that_there_is_does_anything_at_a_locked_telephone_but_the_one_that_unlocks_and_emergency_numbers_go_out",
            "lock::a_pin_unlocks_it_for_one_call_and_no_further",
            "lock::in_a_talk_no_code_does_anything_at_a_locked_telephone_and_those_of_talks_do_at_others",
            "lock::a_locked_telephone_has_no_exchange_flashed_by_code_or_hook",
            "lock::the_house_may_be_left_open_and_calls_to_it_ring_but_a_flash_does_nothing",
            "lock::three_wrong_pins_are_enough_and_no_file_has_any",
        ],
    ),
    (
        "secret numbers and pauses of the recording",
        &[
            "masking::a_card_number_that_is_keyed_in_secret_is_heard_by_nobody_and_kept_nowhere",
            "masking::while_a_recording_is_paused_nothing_is_kept_and_the_talk_goes_on",
        ],
    ),
    (
        "calls in over outside lines, and release by a dropped battery",
        &[
            "analog::a_caller_on_an_outside_line_talks_is_recorded_and_hangs_up_by_a_dropped_battery",
            "analog::a_caller_who_hears_nobody_in_the_queue_gives_up_and_the_line_takes_the_next_one",
        ],
    ),
    (
        "a caller who gives up before the answer",
        &["analog::after_a_callers_last_ring_it_rings_in_the_house_for_six_seconds_and_then_nobody_rings_on"],
    ),
    (
        "caller id of outside lines",
        &[
            "spandsp::an_outside_line_reads_who_calls_from_what_spandsp_sends",
            "analog::who_calls_on_an_outside_line_is_known_by_modem_or_by_digits_before_or_after_the_first_ring",
            "analog::who_calls_with_a_ring_of_two_bursts_is_known_in_the_silence_after_the_second",
            "analog::a_message_damaged_on_the_line_leaves_a_call_without_a_number",
            "analog::who_calls_may_be_told_in_digits_before_the_ring_without_any_sign_of_it",
        ],
    ),
    (
        "calls out, answer by voice or by time, release by busy tone",
        &[
            "analog::a_call_out_waits_for_dial_tone_dials_is_heard_before_the_answer_and_ends_by_busy_tone",
            "analog::a_telephone_that_rings_for_a_minute_has_not_answered",
            "analog::an_answer_without_a_word_is_assumed_after_a_time_and_no_busy_tone_keeps_the_line",
            "analog::an_emergency_call_takes_the_line_of_who_talks_within_five_seconds_before_one_that_is_not_fed",
            "analog::a_line_that_is_known_to_be_dead_is_left_for_the_last_and_tried_where_no_other_is_left",
            "analog::a_called_party_who_is_busy_is_told_as_busy_before_any_answer",
            "echo::busy_tone_releases_a_line_while_somebody_talks_into_it",
        ],
    ),
    (
        "answer and release by polarity",
        &[
            "analog::where_the_carrier_turns_the_polarity_answer_and_release_are_known_by_it",
            "analog::where_the_carrier_turns_the_polarity_no_music_before_it_is_an_answer",
        ],
    ),
    (
        "pulses, and what is dialled behind a private exchange",
        &[
            "analog::a_line_of_an_old_exchange_is_dialled_by_pulses_without_waiting_for_dial_tone",
            "analog::where_numbers_are_pulsed_the_second_dial_tone_is_waited_for_as_well",
            "analog::behind_a_private_exchange_its_second_dial_tone_is_waited_for_and_spandsp_reads_what_is_dialled_there",
        ],
    ),
    (
        "flash towards the exchange: who waits there, a third party there, its transfer",
        &[
            "line_flash::a_code_takes_who_waits_at_the_exchange_and_changes_back",
            "line_flash::after_a_flash_a_third_party_is_called_by_keys_and_may_be_busy_without_ending_the_call",
            "line_flash::who_puts_the_handset_down_after_the_third_has_answered_leaves_the_two_outside_to_one_another",
            "line_flash::the_hook_of_a_telephone_that_is_set_so_does_the_same_and_no_other_ones",
            "line_flash::who_calls_by_the_line_can_not_have_it_flashed_nor_can_anybody_without_the_code",
            "line_flash::an_emergency_service_is_not_flashed_away",
        ],
    ),
    (
        "release by silence, where it is set",
        &[
            "silence::nobody_speaks_on_a_line_that_tells_no_hang_up_and_it_is_let_go",
            "silence::one_party_who_says_a_word_now_and_then_keeps_the_line",
            "silence::who_waits_in_a_queue_or_on_hold_and_says_nothing_is_not_let_go",
            "silence::without_the_setting_no_silence_ends_a_talk",
        ],
    ),
    (
        "glare, congestion and the next line",
        &[
            "analog::in_a_glare_the_caller_who_comes_in_keeps_the_line_and_the_call_out_takes_the_next",
            "analog::congestion_sends_the_call_over_the_next_line",
        ],
    ),
    (
        "emergency calls over two wires",
        &[
            "analog::an_emergency_call_takes_the_only_line_from_a_call_within_five_seconds",
            "emergency::an_emergency_call_is_outside_within_a_second_and_who_loses_a_call_hears_why",
        ],
    ),
    (
        "lines without battery or dial tone are alarms",
        &[
            "analog::an_outside_line_without_battery_is_an_alarm_that_names_it_until_the_cable_is_in_again",
            "analog::a_cable_that_is_pulled_out_in_a_talk_ends_it_and_the_line_is_not_fed_until_it_is_in_again",
            "analog::a_line_that_gives_two_calls_no_dial_tone_is_an_alarm_until_it_gives_one",
        ],
    ),
    (
        "houses of the United States, the United Kingdom and Germany",
        &[
            "countries::abroad_a_caller_is_known_a_telephone_rings_and_is_told_and_the_countrys_busy_tone_is_the_end",
            "countries::abroad_the_countrys_dial_tone_is_waited_for_and_its_ringback_and_busy_tone_are_understood",
            "countries::abroad_telephones_of_the_house_hear_the_countrys_tones",
        ],
    ),
    (
        "tests of ports",
        &[
            "port_tests::a_good_outside_line_is_seized_measured_and_let_go_without_a_call",
            "port_tests::each_fault_of_an_outside_line_has_its_verdict",
            "port_tests::a_telephone_is_measured_on_its_hook_and_a_short_is_told_from_it",
            "port_tests::a_caller_who_meets_the_test_on_the_line_is_served",
        ],
    ),
    (
        "tests of ports at night, and what gets worse",
        &[
            "nights::at_night_each_port_is_tested_once_what_is_in_use_again_and_what_was_in_use_all_night_is_told",
            "nights::a_night_that_an_earlier_life_began_goes_on_with_the_ports_that_it_has_left",
            "port_tests::what_is_worse_than_usual_is_said_and_an_alarm_until_it_is_as_ever_and_a_restart_forgets_neither",
        ],
    ),
    (
        "the test through a cable",
        &[
            "port_tests::a_telephones_port_rings_an_outside_line_through_a_cable_and_who_calls_is_read_there",
            "port_tests::what_is_wrong_at_a_cable_has_its_verdict",
        ],
    ),
    (
        "the busy tone of a line is learnt",
        &[
            "port_tests::the_busy_tone_of_a_line_is_learnt_from_who_calls_in_and_hangs_up_and_lets_it_go_once_the_settings_have_it",
        ],
    ),
    (
        "random histories of 32 ports",
        &[
            "line_histories::whatever_happens_at_32_ports_each_has_a_tone_a_call_or_is_locked_out_and_all_of_them_work_in_the_end",
            "line_histories::the_same_seed_tells_the_same_of_the_lines_and_another_one_other_things",
        ],
    ),
];
