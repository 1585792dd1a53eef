/* SPDX-License-Identifier: MIT */
/*
 * Models of programmers as USB devices for the genuine libusb: whole jobs, and faults of
 * their transfers. Run it with tests/under-umockdev. Only USB takes real time: sleeps are
 * the model's.
 */
#include <errno.h>
#include <linux/ioctl.h>
#include <linux/usbdevice_fs.h>
#include <stdio.h>
#include <string.h>
#include <umockdev.h>

#include "appliance/avr/write.h"
#include "appliance/base/error.h"
#include "tests/models/usb_scene.h"

#define N_RUNS	      50
#define LAST_TRANSFER 140
#define NODE	      "/dev/bus/usb/001/004"
#define SETUP_BYTES   8

enum fault {
	FAULT_STALL,
	FAULT_SHORT,
	FAULT_GARBAGE,
	FAULT_UNPLUG,
	N_FAULTS,
	FAULT_HANG
};

/* An URB that waits to be reaped, or hangs. */
struct waiting {
	UMockdevIoctlData *urb;
	UMockdevIoctlData *buffer;
	int status;
	int n_bytes;
};

struct bench {
	const struct programmer *programmer;
	UMockdevTestbed *testbed;
	UMockdevIoctlBase *handler;
	struct usb_scene scene;
	struct usb_bus *bus;
	GQueue done;
	GQueue hanging;
	enum fault fault;
	unsigned fault_at; /* of which vendor request, from 1; 0: never */
	unsigned n_requests;
	bool is_gone;
	GCancellable *cancel_then; /* when the fault comes */
	gint64 cancelled_us;
};

static void waiting_free(struct waiting *waiting)
{
	g_clear_object(&waiting->urb);
	g_clear_object(&waiting->buffer);
	g_free(waiting);
}

/* Standard requests are the kernel's and the stack's own. */
static int answer(struct bench *bench, uint8_t *buffer, struct waiting *waiting)
{
	struct usb_setup setup = { buffer[0], buffer[1],
				   (uint16_t)(buffer[2] | buffer[3] << 8),
				   (uint16_t)(buffer[4] | buffer[5] << 8) };
	unsigned n_bytes = buffer[6] | buffer[7] << 8;
	bool is_faulty = ++bench->n_requests == bench->fault_at;
	int moved;

	if (is_faulty && bench->fault == FAULT_STALL)
		return -EPIPE;
	if (is_faulty && bench->fault == FAULT_UNPLUG) {
		bench->is_gone = true;
		usb_scene_cut(&bench->scene);
		return -ESHUTDOWN;
	}
	moved = bench->scene.device.control(bench->scene.device.user, setup,
					    buffer + SETUP_BYTES, n_bytes);
	waiting->n_bytes = moved;
	if (is_faulty && bench->fault == FAULT_SHORT)
		waiting->n_bytes = moved / 2;
	if (is_faulty && bench->fault == FAULT_GARBAGE && setup.type & USB_IN)
		memset(buffer + SETUP_BYTES, 0xA5, (size_t)MAX(moved, 0));
	return moved < 0 ? -EPIPE : 0;
}

static bool hangs(struct bench *bench)
{
	if (bench->fault != FAULT_HANG || bench->n_requests + 1 != bench->fault_at)
		return false;
	bench->n_requests++;
	bench->cancelled_us = g_get_monotonic_time();
	g_cancellable_cancel(bench->cancel_then);
	return true;
}

static void submit(struct bench *bench, UMockdevIoctlClient *client,
		   UMockdevIoctlData *argument)
{
	struct waiting *waiting = g_new0(struct waiting, 1);
	struct usbdevfs_urb *urb;

	if (bench->is_gone) {
		g_free(waiting);
		umockdev_ioctl_client_complete(client, -1, ENODEV);
		return;
	}
	waiting->urb = umockdev_ioctl_data_resolve(argument, 0,
						   sizeof(struct usbdevfs_urb), NULL);
	urb = (struct usbdevfs_urb *)waiting->urb->data;
	g_assert_cmpint(urb->type, ==, USBDEVFS_URB_TYPE_CONTROL);
	waiting->buffer = umockdev_ioctl_data_resolve(
		waiting->urb, G_STRUCT_OFFSET(struct usbdevfs_urb, buffer),
		(size_t)urb->buffer_length, NULL);
	if (hangs(bench)) {
		g_queue_push_tail(&bench->hanging, waiting);
	} else {
		waiting->status = answer(bench, waiting->buffer->data, waiting);
		g_queue_push_tail(&bench->done, waiting);
	}
	umockdev_ioctl_client_complete(client, 0, 0);
}

static void reap(struct bench *bench, UMockdevIoctlClient *client,
		 UMockdevIoctlData *argument)
{
	struct waiting *waiting = g_queue_pop_head(&bench->done);
	g_autoptr(UMockdevIoctlData) place = NULL;
	struct usbdevfs_urb *urb;

	if (!waiting) {
		umockdev_ioctl_client_complete(client, -1, EAGAIN);
		return;
	}
	urb = (struct usbdevfs_urb *)waiting->urb->data;
	urb->status = waiting->status;
	urb->actual_length = waiting->status ? 0 : waiting->n_bytes;
	place = umockdev_ioctl_data_resolve(argument, 0, sizeof(gpointer), NULL);
	umockdev_ioctl_data_set_ptr(place, 0, waiting->urb);
	umockdev_ioctl_client_complete(client, 0, 0);
	waiting_free(waiting);
}

static void discard(struct bench *bench, UMockdevIoctlClient *client)
{
	struct waiting *waiting = g_queue_pop_head(&bench->hanging);

	if (!waiting) {
		umockdev_ioctl_client_complete(client, -1, EINVAL);
		return;
	}
	waiting->status = -ENOENT;
	g_queue_push_tail(&bench->done, waiting);
	umockdev_ioctl_client_complete(client, 0, 0);
}

static gboolean on_ioctl(UMockdevIoctlBase *handler, UMockdevIoctlClient *client,
			 gpointer user)
{
	struct bench *bench = user;
	UMockdevIoctlData *argument = umockdev_ioctl_client_get_arg(client);
	g_autoptr(UMockdevIoctlData) capabilities = NULL;

	switch (umockdev_ioctl_client_get_request(client) & 0xFFFFFFFF) {
	case USBDEVFS_GET_CAPABILITIES:
		capabilities = umockdev_ioctl_data_resolve(argument, 0, 4, NULL);
		*(guint32 *)capabilities->data = USBDEVFS_CAP_ZERO_PACKET |
						 USBDEVFS_CAP_NO_PACKET_SIZE_LIM |
						 USBDEVFS_CAP_REAP_AFTER_DISCONNECT;
		umockdev_ioctl_client_complete(client, 0, 0);
		return TRUE;
	case USBDEVFS_CLAIMINTERFACE:
	case USBDEVFS_RELEASEINTERFACE:
		umockdev_ioctl_client_complete(client, 0, 0);
		return TRUE;
	case USBDEVFS_SUBMITURB:
		submit(bench, client, argument);
		return TRUE;
	case USBDEVFS_REAPURB:
	case USBDEVFS_REAPURBNDELAY:
		reap(bench, client, argument);
		return TRUE;
	case USBDEVFS_DISCARDURB:
		discard(bench, client);
		return TRUE;
	default:
		umockdev_ioctl_client_complete(client, -1, ENOTTY);
		return TRUE;
	}
}

/* As `lsusb -v` shows one: low speed, one interface without endpoints. */
static char *plug_text(const struct programmer *programmer)
{
	bool is_usbasp = programmer == &programmer_usbasp;

	return g_strdup_printf(
		"P: /devices/usb1/1-1\nN: bus/usb/001/004\nE: SUBSYSTEM=usb\n"
		"E: DEVTYPE=usb_device\nE: BUSNUM=001\nE: DEVNUM=004\n"
		"E: DEVNAME=/dev/bus/usb/001/004\nA: busnum=1\\n\nA: devnum=4\\n\n"
		"A: speed=1.5\\n\nA: bConfigurationValue=1\\n\nA: manufacturer=%s\\n\n"
		"A: product=%s\\n\nA: serial=0042\\n\n"
		"H: descriptors=12011001FF000008%s0401010203010902120001010080320904"
		"00000000000000\n",
		is_usbasp ? "www.fischl.de" : "Dick Streefland",
		is_usbasp ? "USBasp" : "USBtiny", is_usbasp ? "C016DC05" : "81179F0C");
}

static void bench_set_up(struct bench *bench, gconstpointer programmer)
{
	g_autofree char *plug = plug_text(programmer);
	g_autoptr(GError) error = NULL;

	bench->programmer = programmer;
	bench->testbed = umockdev_testbed_new();
	bench->handler = umockdev_ioctl_base_new();
	g_queue_init(&bench->done);
	g_queue_init(&bench->hanging);
	g_signal_connect(bench->handler, "handle-ioctl", G_CALLBACK(on_ioctl), bench);
	umockdev_testbed_attach_ioctl(bench->testbed, NODE, bench->handler, &error);
	g_assert_no_error(error);
	umockdev_testbed_add_from_string(bench->testbed, plug, &error);
	g_assert_no_error(error);
	bench->bus = usb_bus_open(&error);
	g_assert_no_error(error);
}

static void bench_tear_down(struct bench *bench, gconstpointer unused)
{
	usb_bus_close(bench->bus);
	umockdev_testbed_detach_ioctl(bench->testbed, NODE, NULL);
	g_object_unref(bench->handler);
	g_object_unref(bench->testbed);
}

static void scene_begin(struct bench *bench)
{
	usb_scene_init(&bench->scene, bench->programmer, "ATtiny13");
	bench->scene.settings.config.usb = bench->bus;
	bench->bus->clock = &bench->scene.target->clock.clock;
	bench->n_requests = 0;
	bench->is_gone = false;
	bench->fault_at = 0;
}

static struct image *make_image(void)
{
	struct image *image = image_new();
	uint8_t data[500];

	for (unsigned i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + i / 256);
	g_assert_true(image_add(image, 100, data, sizeof(data), NULL));
	return image;
}

static gboolean run_job(struct bench *bench, GError **error)
{
	image_autofree struct image *image = make_image();
	struct avr_plan plan = { .flash = image, .erase = true, .verify = true };
	struct avr_outcome outcome;
	struct usb_scene *scene = &bench->scene;

	return usb_scene_begin(scene, error) &&
	       avr_write(&scene->station->avr, &plan, &outcome, error) &&
	       station_leave(scene->station, error);
}

static void assert_written(struct bench *bench)
{
	image_autofree struct image *image = make_image();
	uint8_t expected[1024];

	image_read(image, 0, expected, sizeof(expected), 0xFF);
	g_assert_cmpmem(bench->scene.target->cells->flash, sizeof(expected), expected,
			sizeof(expected));
}

static void test_it_is_listed(struct bench *bench, gconstpointer unused)
{
	g_autoptr(GPtrArray) infos = usb_list(bench->bus, NULL);
	struct usb_info *info;

	g_assert_cmpuint(infos->len, ==, 1);
	info = infos->pdata[0];
	g_assert_cmpstr(info->path, ==, "1-1");
	g_assert_cmpstr(info->serial, ==, "0042");
	g_assert_cmpstr(info->manufacturer, ==, "www.fischl.de");
	g_assert_cmpstr(info->name, ==, "USBasp");
	g_assert_cmphex(info->vendor, ==, 0x16C0);
	g_assert_cmphex(info->product, ==, 0x05DC);
	g_assert_cmphex(info->version, ==, 0x0104);
}

static void test_a_whole_job(struct bench *bench, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	scene_begin(bench);
	run_job(bench, &error);
	g_assert_no_error(error);
	assert_written(bench);
	g_assert_cmpuint(bench->n_requests, >, 80);
	usb_scene_clear(&bench->scene);
}

static void test_nothing_is_there(struct bench *bench, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(usb_open(bench->bus, "1-2", &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_NO_PROGRAMMER);
	g_assert_cmpstr(error->message, ==, "USB device 1-2: nothing is attached there");
}

static void run_with_fault(struct bench *bench, GRand *random)
{
	g_autoptr(GError) error = NULL;
	gboolean ok;

	scene_begin(bench);
	bench->fault = (enum fault)g_rand_int_range(random, 0, N_FAULTS);
	bench->fault_at = (unsigned)g_rand_int_range(random, 1, LAST_TRANSFER);
	ok = run_job(bench, &error);
	g_clear_pointer(&bench->scene.station, station_close);
	if (ok)
		assert_written(bench);
	else
		g_assert_true(error->domain == SIXPIN_ERROR);
	if (bench->is_gone) {
		g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
		g_assert_nonnull(
			strstr(error->message, "USB device 1-1: it was unplugged"));
	}
	usb_scene_cut(&bench->scene);
	usb_scene_clear(&bench->scene);
}

static void test_faults(struct bench *bench, gconstpointer unused)
{
	GRand *random = g_rand_new_with_seed(50);

	for (unsigned i = 0; i < N_RUNS; i++)
		run_with_fault(bench, random);
	g_rand_free(random);
}

/* The device does not answer: its transfer is taken back. */
static void test_cancelled(struct bench *bench, gconstpointer unused)
{
	g_autoptr(GCancellable) cancellable = g_cancellable_new();
	g_autoptr(GError) error = NULL;
	gint64 passed_us;

	scene_begin(bench);
	bench->scene.settings.config.cancellable = cancellable;
	bench->cancel_then = cancellable;
	bench->fault = FAULT_HANG;
	bench->fault_at = 60;
	g_assert_false(run_job(bench, &error));
	passed_us = g_get_monotonic_time() - bench->cancelled_us;
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_CANCELLED);
	g_clear_pointer(&bench->scene.station, station_close);
	g_assert_true(bench->scene.target->pins.reset);
	g_assert_cmpint(passed_us, <, 200000);
	usb_scene_clear(&bench->scene);
}

/* The shortest time that a driver gives: half a second, which is real. */
static void test_timed_out(struct bench *bench, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	scene_begin(bench);
	bench->cancel_then = NULL;
	bench->fault = FAULT_HANG;
	bench->fault_at = 30;
	g_assert_false(run_job(bench, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
	g_assert_cmpstr(error->message, ==,
			"USBtiny, SPI: USB device 1-1: it did not answer in time");
	g_clear_pointer(&bench->scene.station, station_close);
	usb_scene_clear(&bench->scene);
}

static void add_tests(const struct programmer *programmer)
{
	static const struct {
		const char *name;
		void (*test)(struct bench *bench, gconstpointer unused);
	} tests[] = {
		{ "a-whole-job", test_a_whole_job },
		{ "nothing-is-there", test_nothing_is_there },
		{ "faults", test_faults },
		{ "cancelled", test_cancelled },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path =
			g_strdup_printf("/libusb/%s/%s", programmer->id, tests[i].name);

		g_test_add(path, struct bench, programmer, bench_set_up, tests[i].test,
			   bench_tear_down);
	}
}

int main(int argc, char **argv)
{
	const char *preloaded = g_getenv("LD_PRELOAD");

	if (!preloaded || !strstr(preloaded, "libumockdev-preload")) {
		printf("1..0 # SKIP run it with tests/under-umockdev\n");
		return 0;
	}
	g_test_init(&argc, &argv, NULL);
	g_test_add("/libusb/it-is-listed", struct bench, &programmer_usbasp, bench_set_up,
		   test_it_is_listed, bench_tear_down);
	g_test_add("/libusb/timed-out", struct bench, &programmer_usbtiny, bench_set_up,
		   test_timed_out, bench_tear_down);
	add_tests(&programmer_usbasp);
	add_tests(&programmer_usbtiny);
	return g_test_run();
}
