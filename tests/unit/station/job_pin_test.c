/* SPDX-License-Identifier: MIT */
#include "tests/unit/station/job_scene.h"

#define OTHER "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

static char *pin(const char *text)
{
	g_autoptr(GHashTable) digests = g_hash_table_new(g_str_hash, g_str_equal);
	struct job *job = job_good(text);
	char *pinned;

	g_hash_table_insert(digests, (char *)"image app", (char *)DIGEST);
	g_hash_table_insert(digests, (char *)"image boot", (char *)OTHER);
	g_hash_table_insert(digests, (char *)"eeprom data", (char *)OTHER);
	g_hash_table_insert(digests, (char *)"serial", (char *)OTHER);
	pinned = job_pin(job, digests);
	job_free(job);
	return pinned;
}

static void assert_pinned(const char *text, const char *expected)
{
	g_autofree char *pinned = pin(text);

	g_assert_cmpstr(pinned, ==, expected);
}

static void test_a_digest_follows_its_file(void)
{
	assert_pinned("# the board\n"
		      "[eeprom data]\n"
		      "  file = d.hex\n"
		      "\n"
		      "[image boot]\n"
		      "# of the catalogue\n"
		      "catalogue=x\n"
		      "boot-section=only\n"
		      "[image app]\nfile=app.hex\n\n"
		      "[serial]\nafter-failure=reuse\nlist=l.txt\n"
		      "[patch p]\nmemory=eeprom\naddress=0\nformat=ascii\nbytes=9\n"
		      "value={serial}\n"
		      "[job]\n"
		      "part=m328p\n"
		      "# the end",
		      "# the board\n"
		      "[eeprom data]\n"
		      "  file = d.hex\n"
		      "digest=" OTHER "\n"
		      "\n"
		      "[image boot]\n"
		      "# of the catalogue\n"
		      "catalogue=x\n"
		      "digest=" OTHER "\n"
		      "boot-section=only\n"
		      "[image app]\nfile=app.hex\n"
		      "digest=" DIGEST "\n\n"
		      "[serial]\nafter-failure=reuse\nlist=l.txt\n"
		      "digest=" OTHER "\n"
		      "[patch p]\nmemory=eeprom\naddress=0\nformat=ascii\nbytes=9\n"
		      "value={serial}\n"
		      "[job]\n"
		      "part=m328p\n"
		      "# the end");
}

static void test_a_digest_that_is_there_stays(void)
{
	assert_pinned(JOB APP "digest=" OTHER "\n", JOB APP "digest=" OTHER "\n");
}

static void test_what_has_no_digest_given_stays(void)
{
	assert_pinned(JOB "[image x]\nfile=x.hex\n", JOB "[image x]\nfile=x.hex\n");
}

static void test_line_ends_stay(void)
{
	assert_pinned("[job]\r\npart=m328p\r\n[image app]\r\nfile=app.hex\r\n",
		      "[job]\r\npart=m328p\r\n[image app]\r\nfile=app.hex\r\n"
		      "digest=" DIGEST "\r\n");
	assert_pinned("[job]\r\npart=m328p\r\n[image app]\r\nfile=app.hex",
		      "[job]\r\npart=m328p\r\n[image app]\r\nfile=app.hex\r\n"
		      "digest=" DIGEST);
	assert_pinned(JOB "[image app]\nfile=app.hex",
		      JOB "[image app]\nfile=app.hex\ndigest=" DIGEST);
}

static void test_what_is_not_pinned_is_named(void)
{
	struct job *job =
		job_good(JOB APP "digest=" DIGEST "\n[eeprom data]\nfile=d.hex\n");
	g_autoptr(GError) error = NULL;

	g_assert_false(job_check_pinned(job, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==,
			"[eeprom data] does not say which content of d.hex it means; pin "
			"the job (\"sixpin job add --replace\"), which adds a line "
			"digest=... below file=d.hex");
	job_free(job);
}

static void test_a_list_is_pinned_too(void)
{
	struct job *job = job_good(JOB "[serial]\nlist=l.txt\n[patch p]\nmemory=eeprom\n"
				       "address=0\nformat=ascii\nbytes=9\n"
				       "value={serial}\n");
	g_autoptr(GError) error = NULL;

	g_assert_false(job_check_pinned(job, &error));
	g_assert_cmpstr(error->message, ==,
			"[serial] does not say which content of l.txt it means; pin "
			"the job (\"sixpin job add --replace\"), which adds a line "
			"digest=... below list=l.txt");
	job_free(job);
}

static void test_pinning_pins(void)
{
	g_autofree char *text = pin(JOB APP);
	struct job *job = job_good(text);
	g_autoptr(GError) error = NULL;

	g_assert_true(job_check_pinned(job, &error));
	g_assert_no_error(error);
	job_free(job);
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "a-digest-follows-its-file", test_a_digest_follows_its_file },
	{ "a-digest-that-is-there-stays", test_a_digest_that_is_there_stays },
	{ "what-has-no-digest-given-stays", test_what_has_no_digest_given_stays },
	{ "line-ends-stay", test_line_ends_stay },
	{ "what-is-not-pinned-is-named", test_what_is_not_pinned_is_named },
	{ "a-list-is-pinned-too", test_a_list_is_pinned_too },
	{ "pinning-pins", test_pinning_pins },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/job_pin/%s", tests[i].path);

		g_test_add_func(path, tests[i].func);
	}
	return g_test_run();
}
