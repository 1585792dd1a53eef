/* SPDX-License-Identifier: MIT */
/* What runs consume: serial numbers of counters and lists, good units, failures in a row.
 */
#include "appliance/station/journal.h"

#include "tests/unit/station/journal_scene.h"

static const struct run_claim counter = {
	.has_serial = true, .serial_first = 100, .serial_step = 1, .serial_last = 1000
};
static const struct run_claim reusing = { .has_serial = true,
					  .serial_first = 100,
					  .serial_step = 1,
					  .serial_last = 1000,
					  .serial_reuse = true };

static void take(struct journal_scene *scene, const struct run_claim *claim,
		 const char *expected, enum run_state state)
{
	uint64_t run = journal_scene_take(scene, "blink", claim, expected);

	if (state != RUN_STARTED)
		journal_scene_finish(scene, run, state);
}

static void test_a_counter_counts(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	take(scene, &counter, "100", RUN_PASSED);
	take(scene, &counter, "101", RUN_PASSED);
	journal_scene_tells(scene, 2, "serial", "'101'");
	g_assert_cmpuint(journal_scene_take(scene, "other", &counter, "100"), ==, 3);
}

static void test_failed_numbers_are_burnt(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	take(scene, &counter, "100", RUN_FAILED);
	take(scene, &counter, "101", RUN_INTERRUPTED);
	take(scene, &counter, "102", RUN_STARTED);
	journal_scene_open(scene);
	take(scene, &counter, "103", RUN_DONE);
	take(scene, &counter, "104", RUN_PASSED);
}

static void test_failed_numbers_are_given_back(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	take(scene, &reusing, "100", RUN_FAILED);
	take(scene, &reusing, "100", RUN_INTERRUPTED);
	take(scene, &reusing, "100", RUN_STARTED);
	journal_scene_open(scene);
	take(scene, &reusing, "100", RUN_DONE);
	take(scene, &reusing, "101", RUN_PASSED);
}

static void test_the_lowest_comes_first(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	struct run_claim claim = reusing;
	uint64_t runs[3];

	claim.serial_first = 8;
	for (unsigned i = 0; i < 3; i++) {
		g_autofree char *serial = g_strdup_printf("%u", 8 + i);

		runs[i] = journal_scene_take(scene, "blink", &claim, serial);
	}
	journal_scene_finish(scene, runs[2], RUN_FAILED);
	journal_scene_finish(scene, runs[1], RUN_FAILED);
	take(scene, &claim, "9", RUN_PASSED);
	take(scene, &claim, "10", RUN_PASSED);
	take(scene, &claim, "11", RUN_PASSED);
}

static void test_steps(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	struct run_claim claim = counter;

	claim.serial_first = 7;
	claim.serial_step = 5;
	claim.serial_last = 19;
	take(scene, &claim, "7", RUN_PASSED);
	take(scene, &claim, "12", RUN_PASSED);
	take(scene, &claim, "17", RUN_PASSED);
	journal_scene_refused(scene, "blink", &claim, SIXPIN_ERROR_USAGE,
			      "job blink: no serial number is left up to 19; raise "
			      "[serial] last");
	claim.serial_last = 22;
	take(scene, &claim, "22", RUN_PASSED);
}

static void test_all_of_64_bits(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	struct run_claim claim = reusing;

	claim.serial_first = G_MAXUINT64 - 1;
	claim.serial_last = G_MAXUINT64;
	take(scene, &claim, "18446744073709551614", RUN_PASSED);
	take(scene, &claim, "18446744073709551615", RUN_FAILED);
	take(scene, &claim, "18446744073709551615", RUN_PASSED);
	journal_scene_refused(scene, "blink", &claim, SIXPIN_ERROR_USAGE,
			      "job blink: no serial number is left up to "
			      "18446744073709551615; raise [serial] last");
	claim.serial_first = 5;
	claim.serial_step = G_MAXUINT64;
	journal_scene_open(scene);
	g_assert_cmpuint(journal_scene_take(scene, "other", &claim, "5"), ==, 4);
	journal_scene_refused(scene, "other", &claim, SIXPIN_ERROR_USAGE,
			      "job other: no serial number is left up to "
			      "18446744073709551615; raise [serial] last");
}

static void test_first_may_be_raised_and_does_not_go_back(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	struct run_claim claim = counter;

	take(scene, &claim, "100", RUN_PASSED);
	claim.serial_first = 500;
	take(scene, &claim, "500", RUN_PASSED);
	claim.serial_first = 1;
	take(scene, &claim, "501", RUN_PASSED);
}

static void test_numbers_given_back_outside_of_the_range_rest(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	struct run_claim claim = reusing;

	take(scene, &claim, "100", RUN_FAILED);
	claim.serial_first = 200;
	take(scene, &claim, "200", RUN_FAILED);
	take(scene, &claim, "200", RUN_PASSED);
	claim.serial_first = 100;
	take(scene, &claim, "100", RUN_PASSED);
	take(scene, &claim, "201", RUN_PASSED);
}

static void test_a_list_is_taken_in_its_order(void)
{
	static const char *const before[] = { "B-2", "A-1", "C 3, \"x\"\t", NULL };
	static const char *const after[] = { "C 3, \"x\"\t", "NEW", "A-1", "B-2", NULL };
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	struct run_claim claim = { .has_serial = true, .serial_list = before };

	take(scene, &claim, "B-2", RUN_PASSED);
	take(scene, &claim, "A-1", RUN_FAILED);
	claim.serial_list = after;
	take(scene, &claim, "C 3, \"x\"\t", RUN_STARTED);
	claim.serial_reuse = true;
	take(scene, &claim, "NEW", RUN_FAILED);
	take(scene, &claim, "NEW", RUN_PASSED);
	journal_scene_refused(scene, "blink", &claim, SIXPIN_ERROR_USAGE,
			      "job blink: its list has no serial number left; add lines "
			      "to it");
}

static void test_what_a_list_gave_out_no_counter_gives(void)
{
	static const char *const list[] = { "101", "7", NULL };
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	struct run_claim claim = { .has_serial = true, .serial_list = list };

	take(scene, &claim, "101", RUN_PASSED);
	take(scene, &counter, "100", RUN_PASSED);
	take(scene, &counter, "102", RUN_PASSED);
	take(scene, &claim, "7", RUN_PASSED);
}

static void test_used_numbers_outlive_their_rows(void)
{
	static const char *const list[] = { "A", "B", "C", "D", NULL };
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	struct run_claim claim = { .has_serial = true, .serial_list = list };

	scene->options.keep_runs = 1;
	journal_scene_open(scene);
	for (unsigned i = 0; i < 3; i++)
		take(scene, &claim, list[i], RUN_PASSED);
	journal_scene_open(scene);
	take(scene, &claim, "D", RUN_PASSED);
}

static void test_a_run_without_a_job_takes_nothing(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	journal_scene_refused(scene, NULL, &counter, SIXPIN_ERROR_USAGE,
			      "a run without a job has no limits and takes no serial "
			      "numbers");
}

static void test_good_units_are_limited(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	struct run_claim claim = { .good_units = 2 };
	uint64_t first = journal_scene_begin(scene, "blink", &claim, NULL);
	uint64_t second = journal_scene_begin(scene, "blink", &claim, NULL);

	journal_scene_refused(scene, "blink", &claim, SIXPIN_ERROR_USAGE,
			      "job blink: 0 of its 2 good units are done and the rest is "
			      "running; wait for that to end");
	journal_scene_finish(scene, first, RUN_PASSED);
	journal_scene_finish(scene, second, RUN_FAILED);
	second = journal_scene_begin(scene, "blink", &claim, NULL);
	journal_scene_refused(scene, "blink", &claim, SIXPIN_ERROR_USAGE,
			      "job blink: 1 of its 2 good units are done and the rest is "
			      "running; wait for that to end");
	journal_scene_finish(scene, second, RUN_PASSED);
	journal_scene_open(scene);
	journal_scene_refused(
		scene, "blink", &claim, SIXPIN_ERROR_USAGE,
		"job blink: its 2 good units are done; raise good-units, or "
		"give [limits] another epoch");
	journal_scene_begin(scene, "other", &claim, NULL);
}

static void test_another_epoch_counts_anew_and_the_old_one_goes_on(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	struct run_claim claim = { .good_units = 1 };
	uint64_t running = journal_scene_begin(scene, "blink", &claim, NULL);

	claim.limit_epoch = G_MAXUINT64;
	journal_scene_finish(scene, journal_scene_begin(scene, "blink", &claim, NULL),
			     RUN_PASSED);
	journal_scene_finish(scene, running, RUN_PASSED);
	for (claim.limit_epoch = 0; claim.limit_epoch != 1;
	     claim.limit_epoch = claim.limit_epoch ? 1 : G_MAXUINT64)
		journal_scene_refused(scene, "blink", &claim, SIXPIN_ERROR_USAGE,
				      "job blink: its 1 good units are done; raise "
				      "good-units, or give [limits] another epoch");
	journal_scene_begin(scene, "blink", &claim, NULL);
}

static void end_cancelled(struct journal_scene *scene, uint64_t run)
{
	const struct run_end end = { .state = RUN_FAILED, .code = "CANCELLED" };

	g_assert_true(journal_finish(scene->journal, run, &end, NULL));
}

static void test_failures_in_a_row_stop_a_job(void)
{
	static const struct run_claim claim = { .stop_after_failures = 2 };
	static const enum run_state ends[] = { RUN_FAILED, RUN_PASSED, RUN_FAILED,
					       RUN_INTERRUPTED };
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autoptr(GError) error = NULL;

	for (unsigned i = 0; i < G_N_ELEMENTS(ends); i++)
		journal_scene_finish(scene,
				     journal_scene_begin(scene, "blink", &claim, NULL),
				     ends[i]);
	end_cancelled(scene, journal_scene_begin(scene, "blink", &claim, NULL));
	journal_scene_begin(scene, "blink", &claim, NULL);
	journal_scene_open(scene);
	journal_scene_finish(scene, journal_scene_begin(scene, "blink", &claim, NULL),
			     RUN_FAILED);
	journal_scene_refused(scene, "blink", &claim, SIXPIN_ERROR_USAGE,
			      "job blink: 2 failures in a row: find out why, then sixpin "
			      "job reset blink");
	journal_scene_begin(scene, "other", &claim, NULL);

	g_assert_true(journal_reset_job(scene->journal, "blink", &error));
	g_assert_no_error(error);
	journal_scene_begin(scene, "blink", &claim, NULL);
}

static void assert_status(struct journal_scene *scene, const struct run_claim *claim,
			  const char *expected)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) status =
		journal_job_status(scene->journal, "blink", claim, &error);
	g_autofree char *text = NULL;

	g_assert_no_error(error);
	text = g_variant_print(status, FALSE);
	g_assert_cmpstr(text, ==, expected);
}

static void test_what_is_left_is_told(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	struct run_claim claim = { .has_serial = true,
				   .serial_first = 5,
				   .serial_step = 2,
				   .serial_last = 7,
				   .good_units = 3 };

	assert_status(scene, &claim,
		      "{'good': <uint64 0>, 'left': <uint64 3>,"
		      " 'failures_in_a_row': <uint32 0>, 'next_serial': <'5'>}");
	take(scene, &claim, "5", RUN_PASSED);
	assert_status(scene, &claim,
		      "{'good': <uint64 1>, 'left': <uint64 2>,"
		      " 'failures_in_a_row': <uint32 0>, 'next_serial': <'7'>}");
	take(scene, &claim, "7", RUN_FAILED);
	assert_status(scene, &claim,
		      "{'good': <uint64 1>, 'left': <uint64 2>,"
		      " 'failures_in_a_row': <uint32 1>}");
	claim.has_serial = false;
	claim.good_units = 0;
	assert_status(scene, &claim,
		      "{'good': <uint64 1>, 'failures_in_a_row': <uint32 1>}");
}

/*
 * Thousands of random steps of one job beside an oracle that is as simple as can be. Two
 * claims take turns, so that numbers that are burnt and given back lie side by side.
 */
#define N_NUMBERS 2000
#define N_STEPS	  3000
#define MAX_HELD  4

enum fate { FREE, HELD, USED, BURNT, BACK };

struct held {
	uint64_t run;
	unsigned number;
	bool reuse;
};

struct oracle {
	enum fate fates[N_NUMBERS];
	struct held held[MAX_HELD];
	unsigned n_held;
	uint64_t last_run;
	unsigned n_passed;
};

static unsigned oracle_next(const struct oracle *oracle)
{
	unsigned next = 0;

	for (unsigned i = 0; i < N_NUMBERS; i++)
		if (oracle->fates[i] == BACK)
			return i;
	for (unsigned i = 0; i < N_NUMBERS; i++)
		if (oracle->fates[i] != FREE)
			next = i + 1;
	return next;
}

static void step_begin(struct journal_scene *scene, struct oracle *oracle, GRand *random,
		       const char *const *list)
{
	struct held *held = &oracle->held[oracle->n_held++];
	const struct run_claim claim = {
		.has_serial = true,
		.serial_list = list,
		.serial_last = N_NUMBERS - 1,
		.serial_step = 1,
		.serial_reuse = g_rand_boolean(random),
	};
	g_autofree char *expected = g_strdup_printf("%u", oracle_next(oracle));

	held->number = oracle_next(oracle);
	held->reuse = claim.serial_reuse;
	held->run = journal_scene_take(scene, "blink", &claim, expected);
	g_assert_cmpuint(held->run, ==, oracle->last_run + 1);
	g_assert_true(oracle->fates[held->number] == FREE ||
		      oracle->fates[held->number] == BACK);
	oracle->last_run = held->run;
	oracle->fates[held->number] = HELD;
}

static void oracle_end(struct oracle *oracle, unsigned i, enum run_state state)
{
	struct held *held = &oracle->held[i];

	if (state == RUN_PASSED)
		oracle->fates[held->number] = USED;
	else
		oracle->fates[held->number] = held->reuse ? BACK : BURNT;
	oracle->n_passed += state == RUN_PASSED;
	*held = oracle->held[--oracle->n_held];
}

static void step_finish(struct journal_scene *scene, struct oracle *oracle, GRand *random)
{
	static const enum run_state states[] = { RUN_PASSED, RUN_FAILED,
						 RUN_INTERRUPTED };
	unsigned i = (unsigned)g_rand_int_range(random, 0, (gint)oracle->n_held);
	enum run_state state = states[g_rand_int_range(random, 0, 3)];

	journal_scene_finish(scene, oracle->held[i].run, state);
	oracle_end(oracle, i, state);
}

static void step_kill(struct journal_scene *scene, struct oracle *oracle)
{
	journal_scene_open(scene);
	while (oracle->n_held > 0)
		oracle_end(oracle, 0, RUN_INTERRUPTED);
}

/* All passed rows have their own number. */
static void assert_none_twice(struct journal_scene *scene, const struct oracle *oracle)
{
	g_autoptr(GHashTable) seen =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	const struct journal_filter filter = { .state = "passed", .limit = N_STEPS };
	g_autoptr(GVariant) runs = journal_runs(scene->journal, &filter, NULL);

	g_assert_cmpuint(g_variant_n_children(runs), ==, oracle->n_passed);
	for (gsize i = 0; i < g_variant_n_children(runs); i++) {
		g_autoptr(GVariant) run = g_variant_get_child_value(runs, i);
		char *serial = NULL;

		g_assert_true(g_variant_lookup(run, "serial", "s", &serial));
		g_assert_true(g_hash_table_add(seen, serial));
	}
}

static void go_random_ways(guint32 seed, const char *const *list)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree struct oracle *oracle = g_new0(struct oracle, 1);
	g_autoptr(GRand) random = g_rand_new_with_seed(seed);

	for (unsigned i = 0; i < N_STEPS; i++) {
		unsigned dice = (unsigned)g_rand_int_range(random, 0, 100);

		if (dice < 2)
			step_kill(scene, oracle);
		else if (oracle->n_held < MAX_HELD && (dice < 50 || !oracle->n_held))
			step_begin(scene, oracle, random, list);
		else
			step_finish(scene, oracle, random);
	}
	assert_none_twice(scene, oracle);
	g_assert_cmpuint(oracle->n_passed, >, N_STEPS / 10);
}

static void test_random_ways_of_a_counter(void)
{
	go_random_ways(1, NULL);
}

static void test_random_ways_of_a_list(void)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);

	for (unsigned i = 0; i < N_NUMBERS; i++)
		g_ptr_array_add(lines, g_strdup_printf("%u", i));
	g_ptr_array_add(lines, NULL);
	go_random_ways(2, (const char *const *)lines->pdata);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/claim/counter", test_a_counter_counts);
	g_test_add_func("/claim/burn", test_failed_numbers_are_burnt);
	g_test_add_func("/claim/reuse", test_failed_numbers_are_given_back);
	g_test_add_func("/claim/lowest", test_the_lowest_comes_first);
	g_test_add_func("/claim/steps", test_steps);
	g_test_add_func("/claim/64-bits", test_all_of_64_bits);
	g_test_add_func("/claim/first", test_first_may_be_raised_and_does_not_go_back);
	g_test_add_func("/claim/range",
			test_numbers_given_back_outside_of_the_range_rest);
	g_test_add_func("/claim/list", test_a_list_is_taken_in_its_order);
	g_test_add_func("/claim/list/counter",
			test_what_a_list_gave_out_no_counter_gives);
	g_test_add_func("/claim/keep", test_used_numbers_outlive_their_rows);
	g_test_add_func("/claim/no-job", test_a_run_without_a_job_takes_nothing);
	g_test_add_func("/claim/good-units", test_good_units_are_limited);
	g_test_add_func("/claim/epoch",
			test_another_epoch_counts_anew_and_the_old_one_goes_on);
	g_test_add_func("/claim/failures", test_failures_in_a_row_stop_a_job);
	g_test_add_func("/claim/status", test_what_is_left_is_told);
	g_test_add_func("/claim/random/counter", test_random_ways_of_a_counter);
	g_test_add_func("/claim/random/list", test_random_ways_of_a_list);
	return g_test_run();
}
