/* SPDX-License-Identifier: MIT */
/* The second uAPI, which libgpiod 2 speaks. */
#include "tests/preload/gpiochip/chip.h"

#include <errno.h>
#include <stdio.h>

#define V2_DIRECTIONS (GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_OUTPUT)
#define V2_DRIVES     (GPIO_V2_LINE_FLAG_OPEN_DRAIN | GPIO_V2_LINE_FLAG_OPEN_SOURCE)
#define V2_EDGES      (GPIO_V2_LINE_FLAG_EDGE_RISING | GPIO_V2_LINE_FLAG_EDGE_FALLING)
#define V2_BIASES                                                            \
	(GPIO_V2_LINE_FLAG_BIAS_PULL_UP | GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN | \
	 GPIO_V2_LINE_FLAG_BIAS_DISABLED)

/* gpio_v2_line_flags_validate(); edges are told by the monotonic clock alone. */
static int v2_check_flags(uint64_t flags)
{
	const uint64_t known = V2_DIRECTIONS | V2_DRIVES | V2_BIASES | V2_EDGES |
			       GPIO_V2_LINE_FLAG_ACTIVE_LOW;

	if (flags & ~known || !is_single(flags & V2_DIRECTIONS) ||
	    !is_single(flags & V2_DRIVES) || !is_single(flags & V2_BIASES) ||
	    (flags & V2_DRIVES && !(flags & GPIO_V2_LINE_FLAG_OUTPUT)) ||
	    (flags & V2_EDGES && !(flags & GPIO_V2_LINE_FLAG_INPUT)) ||
	    (flags & V2_BIASES && !(flags & V2_DIRECTIONS)))
		return EINVAL;
	return 0;
}

static bool is_zero(const uint32_t *words, unsigned n_words)
{
	for (unsigned i = 0; i < n_words; i++)
		if (words[i])
			return false;
	return true;
}

/* The first attribute of this kind that speaks of line i. */
static const struct gpio_v2_line_attribute *v2_attribute(
	const struct gpio_v2_line_config *wanted, uint32_t id, unsigned i)
{
	for (unsigned a = 0; a < wanted->num_attrs; a++)
		if (wanted->attrs[a].attr.id == id && wanted->attrs[a].mask & BIT(i))
			return &wanted->attrs[a].attr;
	return NULL;
}

static int v2_line_config(const struct gpio_v2_line_config *wanted, unsigned i,
			  struct config *config)
{
	const struct gpio_v2_line_attribute *own =
		v2_attribute(wanted, GPIO_V2_LINE_ATTR_ID_FLAGS, i);
	const struct gpio_v2_line_attribute *values =
		v2_attribute(wanted, GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES, i);
	uint64_t flags = own ? own->flags : wanted->flags;

	config->outputs |= flags & GPIO_V2_LINE_FLAG_OUTPUT ? BIT(i) : 0;
	config->inputs |= flags & GPIO_V2_LINE_FLAG_INPUT ? BIT(i) : 0;
	config->active_low |= flags & GPIO_V2_LINE_FLAG_ACTIVE_LOW ? BIT(i) : 0;
	config->values |= values ? values->values & BIT(i) : 0;
	config->rising |= flags & GPIO_V2_LINE_FLAG_EDGE_RISING ? BIT(i) : 0;
	config->falling |= flags & GPIO_V2_LINE_FLAG_EDGE_FALLING ? BIT(i) : 0;
	config->pulled_up |= flags & GPIO_V2_LINE_FLAG_BIAS_PULL_UP ? BIT(i) : 0;
	return v2_check_flags(flags);
}

static int v2_config(const struct gpio_v2_line_config *wanted, unsigned n_lines,
		     struct config *config)
{
	int errnum = 0;

	*config = (struct config){ 0 };
	if (wanted->num_attrs > GPIO_V2_LINE_NUM_ATTRS_MAX ||
	    !is_zero(wanted->padding, G_N_ELEMENTS(wanted->padding)))
		return EINVAL;
	for (unsigned i = 0; i < n_lines && !errnum; i++)
		errnum = v2_line_config(wanted, i, config);
	return errnum;
}

static int v2_get_lineinfo(struct file *file, void *arg)
{
	struct gpio_v2_line_info *info = arg;
	unsigned offset = info->offset;
	struct line_state state;

	(void)file;
	if (!is_zero(info->padding, G_N_ELEMENTS(info->padding)) ||
	    get_line_state(offset, &state) != 0)
		return EINVAL;
	*info = (struct gpio_v2_line_info){
		.offset = offset,
		.flags = (state.held ? GPIO_V2_LINE_FLAG_USED : 0) |
			 (state.driven ? GPIO_V2_LINE_FLAG_OUTPUT
				       : GPIO_V2_LINE_FLAG_INPUT) |
			 (state.active_low ? GPIO_V2_LINE_FLAG_ACTIVE_LOW : 0),
	};
	memcpy(info->name, state.name, sizeof(info->name));
	memcpy(info->consumer, state.consumer, sizeof(info->consumer));
	return 0;
}

static int v2_set_config(struct file *file, void *arg)
{
	struct config config;
	int errnum = v2_config(arg, file->n_lines, &config);

	return file_configure(file, &config, errnum);
}

static int v2_set_values(struct file *file, void *arg)
{
	const struct gpio_v2_line_values *values = arg;
	uint64_t mask = values->mask & all_of(file->n_lines);

	return mask ? file_set(file, mask, values->bits) : EINVAL;
}

static int v2_get_values(struct file *file, void *arg)
{
	struct gpio_v2_line_values *values = arg;
	uint64_t mask = values->mask & all_of(file->n_lines);
	uint64_t bits = 0;

	if (!mask)
		return EINVAL;
	file_get(file, mask, &bits);
	values->bits = bits;
	return 0;
}

static size_t v2_write_event(struct file *file, unsigned i, uint64_t time_ns, bool rising,
			     void *event)
{
	const struct gpio_v2_line_event data = {
		.timestamp_ns = time_ns,
		.id = rising ? GPIO_V2_LINE_EVENT_RISING_EDGE
			     : GPIO_V2_LINE_EVENT_FALLING_EDGE,
		.offset = file->offsets[i],
		.seqno = ++file->seqno,
		.line_seqno = ++file->line_seqnos[i],
	};

	memcpy(event, &data, sizeof(data));
	return sizeof(data);
}

static const struct file_call v2_lines_calls[] = {
	{ GPIO_V2_LINE_SET_VALUES_IOCTL, v2_set_values },
	{ GPIO_V2_LINE_GET_VALUES_IOCTL, v2_get_values },
	{ GPIO_V2_LINE_SET_CONFIG_IOCTL, v2_set_config },
	{ 0 },
};

static const struct file_kind v2_lines = {
	.calls = v2_lines_calls,
	.write_event = v2_write_event,
	.oldest_is_lost = true,
	.without_interrupts = ENXIO,
};

static int v2_get_line(struct file *file, void *arg)
{
	struct gpio_v2_line_request *request = arg;
	struct config config;
	int errnum;

	(void)file;
	if (!request->num_lines || request->num_lines > GPIO_V2_LINES_MAX ||
	    !is_zero(request->padding, G_N_ELEMENTS(request->padding)))
		return EINVAL;
	errnum = v2_config(&request->config, request->num_lines, &config);
	if (errnum)
		return errnum;
	request->consumer[GPIO_MAX_NAME_SIZE - 1] = 0;
	return file_request(&v2_lines, request->offsets, request->num_lines,
			    request->consumer, &config, &request->fd);
}

const struct file_call v2_chip_calls[] = {
	{ GPIO_V2_GET_LINEINFO_IOCTL, v2_get_lineinfo },
	{ GPIO_V2_GET_LINE_IOCTL, v2_get_line },
	{ 0 },
};
