/* SPDX-License-Identifier: MIT */
#include "tests/unit/station/job_scene.h"

static void test_least_job(void)
{
	struct job *job = job_good(JOB APP);
	const struct job_image *image = g_ptr_array_index(job->images, 0);

	g_assert_cmpstr(job->id, ==, "blink");
	g_assert_cmpstr(job->title, ==, "blink");
	g_assert_cmpstr(job->text, ==, JOB APP);
	g_assert_cmpstr(job->part->name, ==, "ATmega328P");
	g_assert_null(job->programmer);
	g_assert_cmpuint(job->sck_hz, ==, 0);
	g_assert_cmpuint(job->retry_sck_hz, ==, 0);
	g_assert_false(job->board.known);
	g_assert_cmpuint(job->allowed_dangers, ==, 0);
	g_assert_false(job->automatic);
	g_assert_cmpuint(job->images->len, ==, 1);
	g_assert_cmpstr(image->name, ==, "app");
	g_assert_cmpstr(image->file, ==, "app.hex");
	g_assert_null(image->digest);
	g_assert_false(job->claim.has_serial);
	g_assert_false(job->waits_for_usb);
	job_free(job);
}

static void test_digest_is_of_the_text(void)
{
	static const char text[] = JOB APP;
	struct job *job = job_good(text);
	g_autofree char *expected =
		g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);

	g_assert_cmpstr(job->digest, ==, expected);
	job_free(job);
}

static void test_everything(void)
{
	struct job *job =
		job_good("[job]\n"
			 "title=Blink, board C\n"
			 "part=m32u4\n"
			 "programmer=linuxgpio\n"
			 "sck=500k\n"
			 "retry-sck=25k\n"
			 "board-clock=crystal:16M\n"
			 "allow=clock, unreachable\n"
			 "auto=yes\n"
			 "[fuses]\nlow=5E\nbootsz=2048w\n"
			 "[lock]\nbits=2F\n"
			 "[limits]\ngood-units=500\nstop-after-failures=3\nepoch=2\n"
			 "[power]\nsettle=250ms\n"
			 "[after]\nusb=03EB:2FF4\nusb-within=5s\n");

	g_assert_cmpstr(job->title, ==, "Blink, board C");
	g_assert_cmpstr(job->part->name, ==, "ATmega32U4");
	g_assert_cmpstr(job->programmer->id, ==, "gpio");
	g_assert_cmpuint(job->sck_hz, ==, 500000);
	g_assert_cmpuint(job->retry_sck_hz, ==, 25000);
	g_assert_cmpuint(job->board.hz, ==, 16000000);
	g_assert_cmphex(job->allowed_dangers, ==,
			FUSE_DANGER_CLOCK | FUSE_DANGER_UNREACHABLE);
	g_assert_true(job->automatic);
	g_assert_cmphex(job->fuses.mask[FUSE_LOW], ==, 0xFF);
	g_assert_cmphex(job->fuses.bits[FUSE_LOW], ==, 0x5E);
	g_assert_cmphex(job->fuses.mask[FUSE_HIGH], ==, 0x06);
	g_assert_true(job->has_lock);
	g_assert_cmphex(job->lock, ==, 0x2F);
	g_assert_cmpuint(job->claim.good_units, ==, 500);
	g_assert_cmpuint(job->claim.stop_after_failures, ==, 3);
	g_assert_cmpuint(job->claim.limit_epoch, ==, 2);
	g_assert_cmpuint(job->power_settle_us, ==, 250000);
	g_assert_true(job->waits_for_usb);
	g_assert_cmphex(job->usb_vendor, ==, 0x03EB);
	g_assert_cmphex(job->usb_product, ==, 0x2FF4);
	g_assert_cmpuint(job->usb_within_ms, ==, 5000);
	job_free(job);
}

static void test_images_in_their_order(void)
{
	struct job *job =
		job_good(U4 "[image zulu]\nfile=a.hex\n"
			    "[image alpha]\ncatalogue=caterina-leonardo\n"
			    "alternative=x\nboot-section=only\ndigest=" DIGEST "\n"
			    "[eeprom settings]\nfile=s.hex\n"
			    "[eeprom]\nkeep=yes\n"
			    "[fuses]\nfrom-catalogue=yes\n");
	const struct job_image *boot = g_ptr_array_index(job->images, 1);
	const struct job_image *settings = g_ptr_array_index(job->eeproms, 0);

	g_assert_cmpstr(((struct job_image *)g_ptr_array_index(job->images, 0))->name, ==,
			"zulu");
	g_assert_cmpstr(boot->name, ==, "alpha");
	g_assert_cmpstr(boot->catalogue, ==, "caterina-leonardo");
	g_assert_cmpstr(boot->alternative, ==, "x");
	g_assert_cmpstr(boot->digest, ==, DIGEST);
	g_assert_null(boot->file);
	g_assert_true(boot->boot_section_only);
	g_assert_cmpstr(settings->file, ==, "s.hex");
	g_assert_true(job->keep_eeprom);
	g_assert_true(job->fuses_from_catalogue);
	job_free(job);
}

static void test_after(void)
{
	struct job *job = job_good(JOB APP "[after]\nreset=run\nusb=2341:8037\n");

	g_assert_cmpuint(job->usb_within_ms, ==, 10000);
	job_free(job);
}

static void test_nothing_switches_verifying_off(void)
{
	static const char *const keys[] = { "verify",	    "Verify",	  "no-verify",
					    "verification", "verfiy",	  "VERIFY",
					    "read-back",    "skip_verify" };

	for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++) {
		g_autofree char *text = g_strdup_printf(JOB "%s=no\n" APP, keys[i]);
		g_autofree char *message = g_strdup_printf(
			"blink.job:3: %s: a job reads back all that it writes, and "
			"nothing switches that on or off; leave the line out",
			keys[i]);

		job_bad(text, message);
	}
	job_bad(JOB APP "verify=no\n",
		"blink.job:5: verify: a job reads back all that it writes, and nothing "
		"switches that on or off; leave the line out");
}

static const struct bad_job heads[] = {
	{ "", "blink.job: [job] part: expected the part that the job is for, as in "
	      "part=ATmega328P, found nothing" },
	{ "[job]\ntitle=x\n", "blink.job:1: [job] part: expected the part that the job "
			      "is for, as in part=ATmega328P, found nothing" },
	{ "[job]\npart=ATmega328X\n",
	  "blink.job:2: part: unknown part \"ATmega328X\"; nearest: ATmega328P, "
	  "ATmega328, ATmega1284; \"sixpin parts\" lists all" },
	{ JOB "programmer=gpoi\n" APP,
	  "blink.job:3: programmer: no programmer is called \"gpoi\"; this Sixpin "
	  "drives: gpio, usbasp, usbtiny" },
	{ JOB "sck=500\n" APP,
	  "blink.job:3: sck: SCK of 500 Hz is too slow; the least is 1000 Hz" },
	{ JOB "sck=fast\n" APP, "blink.job:3: sck: SCK: \"fast\" is no rate; write it as "
				"16M, 250k or 32768" },
	{ JOB "sck=100k\nretry-sck=100k\n" APP,
	  "blink.job:4: retry-sck: expected a rate below sck, which is 100000 Hz, found "
	  "\"100k\"" },
	{ JOB "retry-sck=auto\n" APP,
	  "blink.job:3: retry-sck: expected a rate, as in 25k, found \"auto\"" },
	{ JOB "board-clock=16M\n" APP,
	  "blink.job:3: board-clock: \"16M\" is no board clock; write crystal:16M, "
	  "external:8M or internal" },
	{ JOB "allow=clock,fire\n" APP,
	  "blink.job:3: allow: \"fire\" is no danger that could be allowed; there are "
	  "spien, rstdisbl, dwen, clock and unreachable" },
	{ JOB "allow=\n" APP,
	  "blink.job:3: allow: \"\" is no danger that could be allowed; there are spien, "
	  "rstdisbl, dwen, clock and unreachable" },
	{ JOB "auto=perhaps\n" APP,
	  "blink.job:3: auto: expected yes or no, found \"perhaps\"" },
	{ JOB "title=\n" APP,
	  "blink.job:3: title: expected a line of 1 to 100 characters, found \"\"" },
	{ JOB "tilte=x\n" APP,
	  "blink.job:3: tilte: no key of [job]; there is title, part, programmer, sck, "
	  "retry-sck, board-clock, allow, auto" },
	{ JOB "good-units=5\n" APP,
	  "blink.job:3: good-units: no key of [job]; it belongs to [limits]" },
	{ JOB "part=m328p\n",
	  "blink.job:3: part is given twice, first in line 2; give it "
	  "once" },
};

static void test_bad_heads(void)
{
	jobs_bad(heads, G_N_ELEMENTS(heads));
}

static const struct bad_job images[] = {
	{ JOB "[image]\nfile=a.hex\n",
	  "blink.job:3: [image]: no such group; there is [job], [image *], [eeprom *], "
	  "[eeprom], [fuses], [lock], [serial], [patch *], [limits], [power], [after]" },
	{ JOB "[image a]\ndigest=" DIGEST "\n",
	  "blink.job:3: [image a]: expected file=NAME or catalogue=ID, found neither" },
	{ JOB "[image a]\nfile=a.hex\ncatalogue=b\n",
	  "blink.job:5: catalogue: an image is a file or of the catalogue; take one of "
	  "the two" },
	{ JOB "[image a]\nfile=../a.hex\n",
	  "blink.job:4: file: \"../a.hex\" is no name for a file of the store; expected 1 "
	  "to 100 of a-z, A-Z, 0-9, blank and . _ + - ( ), no dot, blank or - first, no "
	  "blank last" },
	{ JOB "[image a]\nfile=a.txt\n",
	  "blink.job:4: file: expected an image, found \"a.txt\": names that end in .txt "
	  "are those of lists of serial numbers" },
	{ JOB "[image a]\ncatalogue=\n",
	  "blink.job:4: catalogue: expected a name that \"sixpin catalogue\" shows, found "
	  "nothing" },
	{ JOB "[image a]\nfile=a.hex\ndigest=1234\n",
	  "blink.job:5: digest: expected 64 hexadecimal digits, found \"1234\"; without "
	  "the line the job can be pinned anew" },
	{ JOB "[image a]\nfile=a.hex\nalternative=x\n",
	  "blink.job:5: alternative: chooses among the catalogue's fuses, and this image "
	  "is a file" },
	{ JOB "[image a]\ncatalogue=a\nalternative=x\n",
	  "blink.job:5: alternative: chooses among the catalogue's fuses; it needs "
	  "from-catalogue=yes in [fuses]" },
	{ JOB "[image a]\nfile=a.hex\nboot-section=no\n",
	  "blink.job:5: boot-section: expected only, found \"no\"" },
	{ JOB "[image a]\nfile=a.hex\nboot-section=only\n[image b]\nfile=b.hex\n"
	      "boot-section=only\n",
	  "blink.job:8: boot-section: [image a] gives the boot section already" },
	{ "[job]\npart=ATtiny85\n[image a]\nfile=a.hex\nboot-section=only\n",
	  "blink.job:5: boot-section: ATtiny85 has no boot section" },
	{ JOB "[image a]\nfile=a.hex\n[image a]\nfile=b.hex\n",
	  "blink.job:5: [image a] is there twice, first in line 3; make one group of "
	  "both" },
	{ JOB "[image App]\nfile=a.hex\n[image app]\nfile=b.hex\n",
	  "blink.job:5: [image app]: expected a name of its own, found that of \"App\" in "
	  "other letters" },
	{ JOB
	  "[image 12345678901234567890123456789012345678901234567890123456789012345]\n"
	  "file=a.hex\n",
	  "blink.job:3: "
	  "[image 12345678901234567890123456789012345678901234567890123456789012345]: "
	  "expected a name of at most 64 bytes, found 65" },
	{ JOB "[eeprom a]\ndigest=" DIGEST "\n",
	  "blink.job:3: [eeprom a] file: expected the file, as in file=settings.hex, "
	  "found nothing" },
	{ JOB "[eeprom a]\nfile=a.hex\ncatalogue=x\n",
	  "blink.job:5: catalogue: no key of [eeprom a]; it belongs to [image *]" },
	{ JOB "[eeprom]\nkeep=yes\n[lock]\nbits=3F\n",
	  "blink.job:4: keep: only a job that writes flash erases the EEPROM; without "
	  "[image NAME] it stays anyway" },
};

static void test_bad_images(void)
{
	jobs_bad(images, G_N_ELEMENTS(images));
}

static const struct bad_job fuses[] = {
	{ JOB "[fuses]\nlow=62\nckdiv8=off\n",
	  "blink.job:5: ckdiv8: ckdiv8=off contradicts what else is said of the low fuse" },
	{ JOB "[fuses]\nlow=62\nlfuse=62\n",
	  "blink.job:5: lfuse: the low fuse is given twice" },
	{ JOB "[fuses]\nlow=xx\n", "blink.job:4: low: \"xx\" is no value for a fuse; "
				   "expected two hexadecimal digits, as in D9" },
	{ JOB "[fuses]\nlow=62,high=D9\n",
	  "blink.job:4: low: expected one value; each fuse has a line, found \"62,high=D9\"" },
	{ "[job]\npart=ATmega32A\n[fuses]\nextended=F3\n",
	  "blink.job:4: extended: ATmega32A has no extended fuse" },
	{ JOB "[image a]\ncatalogue=a\n[fuses]\nfrom-catalogue=yes\nlow=62\n",
	  "blink.job:7: low: from-catalogue=yes takes all fuses from the catalogue; take "
	  "one of the two" },
	{ JOB APP "[fuses]\nfrom-catalogue=yes\n",
	  "blink.job:6: from-catalogue: expected an [image NAME] with catalogue=ID, found "
	  "none" },
	{ JOB "[image a]\ncatalogue=a\n[image b]\ncatalogue=b\n[fuses]\n"
	      "from-catalogue=yes\n",
	  "blink.job:8: from-catalogue: 2 images are of the catalogue, and it does not "
	  "say whose fuses these are; write the fuses out" },
	{ JOB "[lock]\n", "blink.job:3: [lock] bits: expected it, as in bits=3F, found "
			  "nothing" },
	{ JOB "[lock]\nbits=\n", "blink.job:4: bits: \"\" is no value for lock bits; "
				 "expected two hexadecimal digits, as in D9" },
};

static void test_bad_fuses(void)
{
	jobs_bad(fuses, G_N_ELEMENTS(fuses));
}

#define USB_HINT \
	"expected vendor and product id, four hexadecimal digits each, as in 2341:8037"

static const struct bad_job limits[] = {
	{ JOB APP "[limits]\ngood-units=0\n",
	  "blink.job:6: good-units: expected a number from 1 to 1000000000, found \"0\"" },
	{ JOB APP "[limits]\ngood-units=1000000001\n",
	  "blink.job:6: good-units: expected a number from 1 to 1000000000, found "
	  "\"1000000001\"" },
	{ JOB APP "[limits]\nstop-after-failures=0\n",
	  "blink.job:6: stop-after-failures: expected a number from 1 to 1000000, found "
	  "\"0\"" },
	{ JOB APP "[limits]\nepoch=1\n",
	  "blink.job:6: epoch: begins to count good-units anew, which is not given" },
	{ JOB APP "[power]\nsettle=61s\n",
	  "blink.job:6: settle: expected a time from 1ms to 60s, as in 250us, 20ms or 5s, "
	  "found \"61s\"" },
	{ JOB APP "[after]\nreset=low\n",
	  "blink.job:6: reset: RESET is always let go at the end of a run; expected run, "
	  "found \"low\"" },
	{ JOB APP "[after]\nreset=hold\n",
	  "blink.job:6: reset: RESET is always let go at the end of a run; expected run, "
	  "found \"hold\"" },
	{ JOB APP "[after]\nusb=2341\n",
	  "blink.job:6: usb: " USB_HINT ", found \"2341\"" },
	{ JOB APP "[after]\nusb=2341:803\n",
	  "blink.job:6: usb: " USB_HINT ", found \"2341:803\"" },
	{ JOB APP "[after]\nusb=2341:80G7\n",
	  "blink.job:6: usb: " USB_HINT ", found \"2341:80G7\"" },
	{ JOB APP "[after]\nusb=2341:8037:1\n",
	  "blink.job:6: usb: " USB_HINT ", found \"2341:8037:1\"" },
	{ JOB APP "[after]\nusb=2341:8037\nusb-within=99ms\n",
	  "blink.job:7: usb-within: expected a time from 100ms to 120s, as in 250us, 20ms "
	  "or 5s, found \"99ms\"" },
	{ JOB APP "[after]\nusb=2341:8037\nusb-within=121s\n",
	  "blink.job:7: usb-within: expected a time from 100ms to 120s, as in 250us, 20ms "
	  "or 5s, found \"121s\"" },
	{ JOB APP "[after]\nusb-within=1s\n",
	  "blink.job:6: usb-within: says how long to wait for usb=VID:PID, which is not "
	  "given" },
	{ JOB, "blink.job: expected something to do, found none of [image NAME], [eeprom "
	       "NAME], [patch NAME], [fuses] and [lock]" },
	{ JOB "[fuses]\n[eeprom]\nkeep=no\n",
	  "blink.job: expected something to do, found none of [image NAME], [eeprom "
	  "NAME], [patch NAME], [fuses] and [lock]" },
};

static void test_bad_limits(void)
{
	jobs_bad(limits, G_N_ELEMENTS(limits));
}

static void test_ids(void)
{
	static const char *const good[] = { "a", "blink-2", "x_1.0", "9" };
	static const char *const bad[] = { "",	  ".a", "-a",	    "A",   "a b",
					   "a/b", "..", "\xC3\xA9", "a\n", "\xFF" };

	for (unsigned i = 0; i < G_N_ELEMENTS(good); i++)
		g_assert_true(job_check_id(good[i], NULL));
	for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(job_check_id(bad[i], &error));
		g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
		g_assert_true(g_utf8_validate(error->message, -1, NULL));
	}
}

static void test_what_is_said_of_a_bad_id(void)
{
	g_autofree char *longest = g_strnfill(64, 'a');
	g_autofree char *longer = g_strnfill(65, 'a');
	g_autoptr(GError) error = NULL;

	g_assert_true(job_check_id(longest, NULL));
	g_assert_false(job_check_id(longer, NULL));
	g_assert_null(job_parse("Blink", "x", JOB APP, strlen(JOB APP), &error));
	g_assert_cmpstr(error->message, ==,
			"\"Blink\" is no name for a job; expected 1 to 64 of a-z, 0-9, "
			"\"-\", \".\" and \"_\", a letter, a digit or \"_\" first");
}

static void test_auto_is_no_id(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(job_check_id("auto2", NULL));
	g_assert_false(job_check_id("auto", &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==,
			"\"auto\" is no name for a job: it stands for the one that the "
			"target's signature picks; take another");
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "least-job", test_least_job },
	{ "digest-is-of-the-text", test_digest_is_of_the_text },
	{ "everything", test_everything },
	{ "images-in-their-order", test_images_in_their_order },
	{ "after", test_after },
	{ "nothing-switches-verifying-off", test_nothing_switches_verifying_off },
	{ "bad-heads", test_bad_heads },
	{ "bad-images", test_bad_images },
	{ "bad-fuses", test_bad_fuses },
	{ "bad-limits", test_bad_limits },
	{ "ids", test_ids },
	{ "auto-is-no-id", test_auto_is_no_id },
	{ "what-is-said-of-a-bad-id", test_what_is_said_of_a_bad_id },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/job/%s", tests[i].path);

		g_test_add_func(path, tests[i].func);
	}
	return g_test_run();
}
