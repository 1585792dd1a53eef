/* SPDX-License-Identifier: MIT */
/* The first uAPI, which libgpiod 1.6 speaks. */
#include "tests/preload/gpiochip/chip.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>

#define V1_DIRECTIONS (GPIOHANDLE_REQUEST_INPUT | GPIOHANDLE_REQUEST_OUTPUT)
#define V1_DRIVES     (GPIOHANDLE_REQUEST_OPEN_DRAIN | GPIOHANDLE_REQUEST_OPEN_SOURCE)
#define V1_BIASES                                                              \
	(GPIOHANDLE_REQUEST_BIAS_PULL_UP | GPIOHANDLE_REQUEST_BIAS_PULL_DOWN | \
	 GPIOHANDLE_REQUEST_BIAS_DISABLE)

/* linehandle_validate_flags(); biases are known since Linux 5.5. */
static bool v1_flags_valid(uint32_t flags)
{
	const uint32_t biases = is_set("SIXPIN_GPIOCHIP_OLD") ? 0 : V1_BIASES;
	const uint32_t known =
		V1_DIRECTIONS | V1_DRIVES | biases | GPIOHANDLE_REQUEST_ACTIVE_LOW;

	return !(flags & ~known) && is_single(flags & V1_DIRECTIONS) &&
	       is_single(flags & V1_DRIVES) && is_single(flags & V1_BIASES) &&
	       (flags & GPIOHANDLE_REQUEST_OUTPUT || !(flags & V1_DRIVES)) &&
	       (flags & V1_DIRECTIONS || !(flags & V1_BIASES));
}

static uint64_t v1_values(const uint8_t *values, unsigned n_lines)
{
	uint64_t bits = 0;

	for (unsigned i = 0; values && i < n_lines; i++)
		bits |= values[i] ? BIT(i) : 0;
	return bits;
}

static struct config v1_config(uint32_t flags, const uint8_t *values, unsigned n_lines)
{
	uint64_t all = all_of(n_lines);

	return (struct config){
		.outputs = flags & GPIOHANDLE_REQUEST_OUTPUT ? all : 0,
		.inputs = flags & GPIOHANDLE_REQUEST_INPUT ? all : 0,
		.active_low = flags & GPIOHANDLE_REQUEST_ACTIVE_LOW ? all : 0,
		.values = v1_values(values, n_lines),
		.pulled_up = flags & GPIOHANDLE_REQUEST_BIAS_PULL_UP ? all : 0,
	};
}

static int v1_get_lineinfo(struct file *file, void *arg)
{
	struct gpioline_info *info = arg;
	unsigned offset = info->line_offset;
	struct line_state state;

	(void)file;
	if (get_line_state(offset, &state) != 0)
		return EINVAL;
	*info = (struct gpioline_info){
		.line_offset = offset,
		.flags = (state.held ? GPIOLINE_FLAG_KERNEL : 0) |
			 (state.driven ? GPIOLINE_FLAG_IS_OUT : 0) |
			 (state.active_low ? GPIOLINE_FLAG_ACTIVE_LOW : 0),
	};
	memcpy(info->name, state.name, sizeof(info->name));
	memcpy(info->consumer, state.consumer, sizeof(info->consumer));
	return 0;
}

static int v1_set_config(struct file *file, void *arg)
{
	const struct gpiohandle_config *wanted = arg;
	struct config config =
		v1_config(wanted->flags, wanted->default_values, file->n_lines);
	bool valid = v1_flags_valid(wanted->flags) && wanted->flags & V1_DIRECTIONS &&
		     !is_set("SIXPIN_GPIOCHIP_OLD");

	return file_configure(file, &config, valid ? 0 : EINVAL);
}

static int v1_set_values(struct file *file, void *arg)
{
	const struct gpiohandle_data *data = arg;

	return file_set(file, all_of(file->n_lines),
			v1_values(data->values, file->n_lines));
}

static int v1_get_values(struct file *file, void *arg)
{
	struct gpiohandle_data *data = arg;
	uint64_t values;

	file_get(file, all_of(file->n_lines), &values);
	memset(data, 0, sizeof(*data));
	for (unsigned i = 0; i < file->n_lines; i++)
		data->values[i] = values >> i & 1;
	return 0;
}

static const struct file_call v1_handle_calls[] = {
	{ GPIOHANDLE_SET_LINE_VALUES_IOCTL, v1_set_values },
	{ GPIOHANDLE_GET_LINE_VALUES_IOCTL, v1_get_values },
	{ GPIOHANDLE_SET_CONFIG_IOCTL, v1_set_config },
	{ 0 },
};

static const struct file_kind v1_handle = { .calls = v1_handle_calls };

static int v1_get_linehandle(struct file *file, void *arg)
{
	struct gpiohandle_request *request = arg;
	struct config config;

	(void)file;
	if (!request->lines || request->lines > GPIOHANDLES_MAX ||
	    !v1_flags_valid(request->flags))
		return EINVAL;
	config = v1_config(request->flags, request->default_values, request->lines);
	request->consumer_label[GPIO_MAX_NAME_SIZE - 1] = 0;
	return file_request(&v1_handle, request->lineoffsets, request->lines,
			    request->consumer_label, &config, &request->fd);
}

/* The time of day before Linux 5.7, the monotonic clock since. */
static size_t v1_write_event(struct file *file, unsigned i, uint64_t time_ns, bool rising,
			     void *event)
{
	const struct gpioevent_data data = {
		.timestamp = is_set("SIXPIN_GPIOCHIP_OLD")
				     ? (uint64_t)g_get_real_time() * 1000
				     : time_ns,
		.id = rising ? GPIOEVENT_EVENT_RISING_EDGE : GPIOEVENT_EVENT_FALLING_EDGE,
	};

	(void)file;
	(void)i;
	memcpy(event, &data, sizeof(data));
	return sizeof(data);
}

static const struct file_call v1_event_calls[] = {
	{ GPIOHANDLE_GET_LINE_VALUES_IOCTL, v1_get_values },
	{ 0 },
};

static const struct file_kind v1_event = {
	.calls = v1_event_calls,
	.write_event = v1_write_event,
	.without_interrupts = ENODEV,
};

/* lineevent_create() */
static bool v1_event_flags_valid(const struct gpioevent_request *request)
{
	return v1_flags_valid(request->handleflags) &&
	       !(request->handleflags & (GPIOHANDLE_REQUEST_OUTPUT | V1_DRIVES)) &&
	       !(request->eventflags & ~GPIOEVENT_REQUEST_BOTH_EDGES);
}

static int v1_get_lineevent(struct file *file, void *arg)
{
	struct gpioevent_request *request = arg;
	struct config config;

	(void)file;
	if (!v1_event_flags_valid(request))
		return EINVAL;
	config = v1_config(request->handleflags, NULL, 1);
	config.inputs = 1;
	config.rising = request->eventflags & GPIOEVENT_REQUEST_RISING_EDGE ? 1 : 0;
	config.falling = request->eventflags & GPIOEVENT_REQUEST_FALLING_EDGE ? 1 : 0;
	request->consumer_label[GPIO_MAX_NAME_SIZE - 1] = 0;
	return file_request(&v1_event, &request->lineoffset, 1, request->consumer_label,
			    &config, &request->fd);
}

const struct file_call v1_chip_calls[] = {
	{ GPIO_GET_LINEINFO_IOCTL, v1_get_lineinfo },
	{ GPIO_GET_LINEHANDLE_IOCTL, v1_get_linehandle },
	{ GPIO_GET_LINEEVENT_IOCTL, v1_get_lineevent },
	{ 0 },
};
