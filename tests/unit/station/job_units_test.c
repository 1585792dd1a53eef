/* SPDX-License-Identifier: MIT */
#include "tests/unit/station/job_scene.h"

/* Line 3 is [serial], when it comes first; a patch has six or seven lines. */
#define SERIAL "[serial]\nfirst=1\n"
#define PATCH(format, bytes, value)                                          \
	"[patch id]\nmemory=eeprom\naddress=0x10\nformat=" format "\n" bytes \
	"value=" value "\n"
#define NUMBER	 PATCH("little-endian", "bytes=4\n", "{serial}")
#define LIST	 "[serial]\nlist=numbers.txt\n"
#define NO_VALUE "[patch id]\nmemory=eeprom\naddress=0\nformat=hex\n"

static void test_counter(void)
{
	struct job *job = job_good(JOB "[serial]\nfirst=1000\nstep=2\nlast=1999\n"
				       "after-failure=reuse\n" NUMBER);

	g_assert_true(job->claim.has_serial);
	g_assert_cmpuint(job->claim.serial_first, ==, 1000);
	g_assert_cmpuint(job->claim.serial_step, ==, 2);
	g_assert_cmpuint(job->claim.serial_last, ==, 1999);
	g_assert_true(job->claim.serial_reuse);
	g_assert_null(job->claim.serial_list);
	g_assert_cmpstr(job->largest_serial, ==, "1999");
	job_free(job);
}

static void assert_last(const char *patches, guint64 last)
{
	g_autofree char *text = g_strconcat(JOB SERIAL, patches, NULL);
	struct job *job = job_good(text);

	g_assert_cmpuint(job->claim.serial_last, ==, last);
	g_assert_false(job->claim.serial_reuse);
	g_assert_cmpuint(job->claim.serial_step, ==, 1);
	job_free(job);
}

/* Without last, a counter ends where the next number would not fit. */
static void test_last_follows_from_the_patches(void)
{
	assert_last(PATCH("little-endian", "bytes=1\n", "{serial}"), 255);
	assert_last(NUMBER, 4294967295);
	assert_last(PATCH("big-endian", "bytes=8\n", "{serial}"), G_MAXINT64);
	assert_last(PATCH("ascii", "bytes=8\n", "SN{serial}"), 999999);
	assert_last(PATCH("ascii", "bytes=8\n", "{serial:05}"), 99999);
	assert_last(PATCH("usb-string", "", "{serial:04X}"), 0xFFFF);
	assert_last(PATCH("hex", "", "{serial:06}"), 999999);
	assert_last(NUMBER "[patch b]\nmemory=eeprom\naddress=0\nformat=ascii\n"
			   "bytes=3\nvalue={serial}\n",
		    999);
}

static void test_list(void)
{
	struct job *job = job_good(JOB LIST "digest=" DIGEST "\n" NUMBER);

	g_assert_true(job->claim.has_serial);
	g_assert_null(job->claim.serial_list);
	g_assert_null(job->largest_serial);
	g_assert_cmpstr(job->serial_list_file, ==, "numbers.txt");
	g_assert_cmpstr(job->serial_list_digest, ==, DIGEST);
	job_free(job);
}

static void test_patch(void)
{
	struct job *job = job_good(JOB APP "[patch name]\nmemory=flash\naddress=0x7F00\n"
					   "format=ascii\nbytes=32\nfiller=FF\n"
					   "value=run {run}, {date}\\s\n");
	const struct job_patch *patch = g_ptr_array_index(job->patches, 0);

	g_assert_cmpstr(patch->name, ==, "name");
	g_assert_cmpint(patch->memory, ==, PATCH_FLASH);
	g_assert_cmphex(patch->address, ==, 0x7F00);
	g_assert_cmpint(patch->format, ==, PATCH_ASCII);
	g_assert_cmpuint(patch->n_bytes, ==, 32);
	g_assert_cmphex(patch->filler, ==, 0xFF);
	g_assert_cmpstr(patch->value, ==, "run {run}, {date} ");
	job_free(job);
}

static const struct bad_job serials[] = {
	{ JOB "[serial]\nstep=1\n" NUMBER,
	  "blink.job:3: [serial]: expected first=NUMBER or list=NAME.txt, found neither" },
	{ JOB SERIAL "list=numbers.txt\n" NUMBER,
	  "blink.job:4: first: is a counter's, and list=numbers.txt gives the numbers; "
	  "take one of the two" },
	{ JOB LIST "last=9\n" NUMBER,
	  "blink.job:5: last: is a counter's, and list=numbers.txt gives the numbers; "
	  "take one of the two" },
	{ JOB "[serial]\nlist=numbers.csv\n" NUMBER,
	  "blink.job:4: list: expected the name of a list, which ends in .txt, found "
	  "\"numbers.csv\"" },
	{ JOB "[serial]\nlist=../numbers.txt\n" NUMBER,
	  "blink.job:4: list: \"../numbers.txt\" is no name for a file of the store; "
	  "expected 1 to 100 of a-z, A-Z, 0-9, blank and . _ + - ( ), no dot, blank or - "
	  "first, no blank last" },
	{ JOB SERIAL "digest=" DIGEST "\n" NUMBER,
	  "blink.job:5: digest: is that of a list, and list=NAME.txt is not given" },
	{ JOB SERIAL "step=0\n" NUMBER,
	  "blink.job:5: step: expected a number from 1 to 1000000000, found \"0\"" },
	{ JOB "[serial]\nfirst=10\nlast=9\n" NUMBER,
	  "blink.job:5: last: expected a number from 10 to 9223372036854775807, found "
	  "\"9\"" },
	{ JOB "[serial]\nfirst=9223372036854775808\n" NUMBER,
	  "blink.job:4: first: expected a number from 0 to 9223372036854775807, found "
	  "\"9223372036854775808\"" },
	{ JOB SERIAL "after-failure=keep\n" NUMBER,
	  "blink.job:5: after-failure: expected reuse or burn, found \"keep\"" },
	{ JOB SERIAL APP,
	  "blink.job:3: [serial]: no unit would get its number; expected a [patch NAME] "
	  "with {serial} in its value, found none" },
	{ JOB SERIAL PATCH("ascii", "bytes=9\n", "serial"),
	  "blink.job:3: [serial]: no unit would get its number; expected a [patch NAME] "
	  "with {serial} in its value, found none" },
	{ JOB NUMBER, "blink.job:8: value: {serial} needs a group [serial] that says "
		      "first=NUMBER or list=NAME.txt" },
	{ JOB PATCH("ascii", "bytes=9\n", "{serial:04}"),
	  "blink.job:8: value: {serial} needs a group [serial] that says first=NUMBER or "
	  "list=NAME.txt" },
	{ JOB SERIAL "last=1000\n" PATCH("little-endian", "bytes=1\n", "{serial}"),
	  "blink.job:11: value: with last of [serial]: [patch id]: 1000 does not go into "
	  "1 byte, the most is 255" },
	{ JOB "[serial]\nfirst=256\n" PATCH("little-endian", "bytes=1\n", "{serial}"),
	  "blink.job:10: value: [patch id]: 256 does not go into 1 byte, the most is 255" },
	{ JOB SERIAL "last=100000\n" PATCH("ascii", "bytes=9\n", "{serial:05}"),
	  "blink.job:11: value: with last of [serial]: [patch id]: {serial:05} has room "
	  "for 5 digits, \"100000\" has 6" },
};

static void test_bad_serials(void)
{
	jobs_bad(serials, G_N_ELEMENTS(serials));
}

#define KNOWN \
	"there are {serial}, {serial:08}, {serial:08X}, {run}, {calibration}, {uid} and {date}"

static const struct bad_job patches[] = {
	{ JOB "[patch a]\naddress=0\nformat=hex\nvalue=00\n",
	  "blink.job:3: [patch a] memory: expected one of flash, eeprom, found nothing" },
	{ JOB "[patch a]\nmemory=eprom\naddress=0\nformat=hex\nvalue=00\n",
	  "blink.job:4: memory: expected one of flash, eeprom, found \"eprom\"; nearest: "
	  "eeprom" },
	{ JOB "[patch a]\nmemory=eeprom\naddress=0\nvalue=00\n",
	  "blink.job:3: [patch a] format: expected one of little-endian, big-endian, "
	  "ascii, usb-string, hex, found nothing" },
	{ JOB "[patch a]\nmemory=eeprom\naddress=0\nformat=litle-endian\nvalue=00\n",
	  "blink.job:6: format: expected one of little-endian, big-endian, ascii, "
	  "usb-string, hex, found \"litle-endian\"; nearest: little-endian" },
	{ JOB "[patch a]\nmemory=eeprom\nformat=hex\nvalue=00\n",
	  "blink.job:3: [patch a] address: expected where it begins, as in "
	  "address=0x0010, found nothing" },
	{ JOB NO_VALUE, "blink.job:3: [patch id] value: expected what is written, as in "
			"value={serial}, found nothing" },
	{ JOB NO_VALUE "value=\n", "blink.job:7: value: expected what is written, as in "
				   "value={serial}, found nothing" },
	{ JOB PATCH("big-endian", "", "1"),
	  "blink.job:3: [patch id] bytes: expected a number from 1 to 8, found nothing; "
	  "this format has no length of its own" },
	{ JOB PATCH("big-endian", "bytes=9\n", "1"),
	  "blink.job:7: bytes: expected a number from 1 to 8, found \"9\"" },
	{ JOB PATCH("ascii", "", "a"),
	  "blink.job:3: [patch id] bytes: expected a number from 1 to 1024, found nothing; "
	  "this format has no length of its own" },
	{ JOB PATCH("ascii", "bytes=4\nfiller=xx\n", "a"),
	  "blink.job:8: filler: \"xx\" is no value for a filler; expected two hexadecimal "
	  "digits, as in D9" },
	{ JOB PATCH("hex", "filler=00\n", "00"),
	  "blink.job:7: filler: fills up ascii and usb-string to the length that bytes "
	  "says; here nothing is left to fill" },
	{ JOB PATCH("ascii", "bytes=9\n", "{serail}"),
	  "blink.job:8: value: [patch id]: {serail} is no word of a value; " KNOWN },
	{ JOB LIST PATCH("ascii", "bytes=9\n", "{serial}{uuid}"),
	  "blink.job:10: value: {uuid} is no word of a value; " KNOWN },
	{ JOB PATCH("big-endian", "bytes=2\n", "{run}"),
	  "blink.job:8: value: [patch id]: 4294967295 does not go into 2 bytes, the most "
	  "is 65535" },
	{ JOB SERIAL PATCH("hex", "", "{serial}"),
	  "blink.job:9: value: bytes have two digits each; write {serial:08X} or another "
	  "even width" },
	{ JOB PATCH("hex", "", "{run}"),
	  "blink.job:7: value: bytes have two digits each; write {run:08X} or another even "
	  "width" },
	{ JOB "[patch a]\nmemory=flash\naddress=0\nformat=hex\nvalue=00\n",
	  "blink.job:4: memory: flash is erased before it is written; expected an [image "
	  "NAME] for the rest of it, found none" },
	{ JOB "[patch a]\nmemory=eeprom\naddress=0x3FF\nformat=hex\nvalue=0011\n",
	  "blink.job:5: address: [patch a]: bytes at 0x003FF-0x00400 are beyond the "
	  "EEPROM of ATmega328P, which ends at 0x003FF" },
	{ JOB "[patch a]\nmemory=eeprom\naddress=0xFFFFFFFF\nformat=hex\nvalue=0011\n",
	  "blink.job:5: address: [patch a]: bytes at 0xFFFFFFFF-0x100000000 are beyond "
	  "the EEPROM of ATmega328P, which ends at 0x003FF" },
	{ JOB "[patch a]\nmemory=eeprom\naddress=0x10000000000\nformat=hex\nvalue=0011\n",
	  "blink.job:5: address: expected a number from 0 to 4294967295, found "
	  "\"0x10000000000\"" },
	{ JOB NO_VALUE "value=0011\n[patch b]\nmemory=eeprom\naddress=1\nformat=hex\n"
		       "value=22\n",
	  "blink.job:10: address: [patch id] at 0x00000-0x00001 and [patch b] at "
	  "0x00001-0x00001 overlap" },
	/* The longest that a counter gives counts, not the first. */
	{ JOB "[serial]\nfirst=1\nlast=1000\n"
	      "[patch a]\nmemory=eeprom\naddress=0\nformat=usb-string\nvalue={serial}\n"
	      "[patch b]\nmemory=eeprom\naddress=8\nformat=hex\nvalue=22\n",
	  "blink.job:13: address: [patch a] at 0x00000-0x00009 and [patch b] at "
	  "0x00008-0x00008 overlap" },
	{ JOB NO_VALUE "value=00\n[patch ID]\nmemory=eeprom\naddress=1\nformat=hex\n"
		       "value=22\n",
	  "blink.job:8: [patch ID]: expected a name of its own, found that of \"id\" in "
	  "other letters" },
};

static void test_bad_patches(void)
{
	jobs_bad(patches, G_N_ELEMENTS(patches));
}

/* The same address in both memories is no overlap. */
static void test_memories_do_not_meet(void)
{
	struct job *job =
		job_good(JOB APP NO_VALUE "value=0011\n[patch b]\nmemory=flash\n"
					  "address=0\nformat=hex\nvalue=22\n");

	g_assert_cmpuint(job->patches->len, ==, 2);
	job_free(job);
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "counter", test_counter },
	{ "last-follows-from-the-patches", test_last_follows_from_the_patches },
	{ "list", test_list },
	{ "patch", test_patch },
	{ "bad-serials", test_bad_serials },
	{ "bad-patches", test_bad_patches },
	{ "memories-do-not-meet", test_memories_do_not_meet },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/job_units/%s", tests[i].path);

		g_test_add_func(path, tests[i].func);
	}
	return g_test_run();
}
