/* SPDX-License-Identifier: MIT */
/* sixpin parts: what a fuse calculator is told of one part. */
#include "appliance/parts/fields.h"
#include "tests/models/call_scene.h"

static JsonObject *part_of(const struct call_scene *scene)
{
	JsonArray *parts = json_object_get_array_member(call_scene_root(scene), "parts");

	g_assert_cmpuint(json_array_get_length(parts), ==, 1);
	return json_array_get_object_element(parts, 0);
}

static JsonObject *element(JsonObject *object, const char *array, unsigned index)
{
	return json_array_get_object_element(json_object_get_array_member(object, array),
					     index);
}

static unsigned length(JsonObject *object, const char *array)
{
	return json_array_get_length(json_object_get_array_member(object, array));
}

static JsonObject *field_of(JsonObject *part, const char *name)
{
	for (unsigned i = 0; i < length(part, "fields"); i++) {
		JsonObject *field = element(part, "fields", i);

		if (g_str_equal(json_object_get_string_member(field, "name"), name))
			return field;
	}
	g_assert_not_reached();
}

static char *as_text(JsonObject *object)
{
	g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);

	json_node_set_object(node, object);
	return json_to_string(node, FALSE);
}

static void assert_object(JsonObject *object, const char *expected)
{
	g_autofree char *text = as_text(object);

	g_assert_cmpstr(text, ==, expected);
}

static void test_a_named_part(void)
{
	call_scene_auto struct call_scene scene;
	JsonObject *part;

	call_scene_init(&scene, "none");
	call_scene_good(&scene, "parts", "m328p", "--json", NULL);
	part = part_of(&scene);
	assert_object(json_object_get_object_member(part, "fuse_masks"),
		      "{\"low\":\"FF\",\"high\":\"FF\",\"extended\":\"07\"}");
	assert_object(
		field_of(part, "bodlevel"),
		"{\"name\":\"bodlevel\",\"title\":\"Brown-out level\","
		"\"source\":\"doc8271 BODLEVEL Fuse Coding\",\"bits\":["
		"{\"byte\":\"extended\",\"bit\":2},{\"byte\":\"extended\",\"bit\":1},"
		"{\"byte\":\"extended\",\"bit\":0}],\"values\":["
		"{\"value\":7,\"word\":\"off\",\"text\":\"no brown-out detection\","
		"\"at_boot_start\":false},"
		"{\"value\":6,\"word\":\"1.8v\",\"text\":\"1.8 V\","
		"\"at_boot_start\":false},"
		"{\"value\":5,\"word\":\"2.7v\",\"text\":\"2.7 V\","
		"\"at_boot_start\":false},"
		"{\"value\":4,\"word\":\"4.3v\",\"text\":\"4.3 V\","
		"\"at_boot_start\":false}]}");
	assert_object(element(field_of(part, "bootrst"), "values", 0),
		      "{\"value\":0,\"word\":\"on\",\"text\":\"reset starts the boot "
		      "loader\",\"at_boot_start\":true}");
}

static void test_dangers_are_named(void)
{
	call_scene_auto struct call_scene scene;
	JsonObject *part;

	call_scene_init(&scene, "none");
	call_scene_good(&scene, "parts", "m328p", "--json", NULL);
	part = part_of(&scene);
	g_assert_cmpstr(
		json_object_get_string_member(field_of(part, "rstdisbl"), "danger"), ==,
		"rstdisbl");
	g_assert_cmpstr(json_object_get_string_member(field_of(part, "clock"), "danger"),
			==, "clock");
	g_assert_false(json_object_has_member(field_of(part, "eesave"), "danger"));
}

static void test_boot_sections(void)
{
	call_scene_auto struct call_scene scene;
	JsonObject *part;

	call_scene_init(&scene, "none");
	call_scene_good(&scene, "parts", "m328p", "--json", NULL);
	part = part_of(&scene);
	g_assert_cmpuint(length(part, "boot_sections"), ==, 4);
	assert_object(element(part, "boot_sections", 0),
		      "{\"value\":3,\"words\":256,\"bytes\":512,\"start\":32256}");
	assert_object(element(part, "boot_sections", 3),
		      "{\"value\":0,\"words\":2048,\"bytes\":4096,\"start\":28672}");
	call_scene_good(&scene, "parts", "t85", "--json", NULL);
	g_assert_false(json_object_has_member(part_of(&scene), "boot_sections"));
}

static void test_a_field_that_takes_any_number(void)
{
	call_scene_auto struct call_scene scene;
	JsonObject *cksel;

	call_scene_init(&scene, "none");
	call_scene_good(&scene, "parts", "ATtiny26", "--json", NULL);
	cksel = field_of(part_of(&scene), "cksel");
	g_assert_false(json_object_has_member(cksel, "values"));
	g_assert_cmpuint(length(cksel, "bits"), ==, 4);
}

static void test_all_parts_stay_short(void)
{
	call_scene_auto struct call_scene scene;
	JsonObject *first;

	call_scene_init(&scene, "none");
	call_scene_good(&scene, "parts", "--json", NULL);
	first = element(call_scene_root(&scene), "parts", 0);
	g_assert_true(json_object_has_member(first, "factory_fuses"));
	g_assert_false(json_object_has_member(first, "fuse_masks"));
	g_assert_false(json_object_has_member(first, "fields"));
}

static void test_fields_for_people(void)
{
	call_scene_auto struct call_scene scene;

	call_scene_init(&scene, "none");
	call_scene_good(&scene, "parts", "ATtiny12", NULL);
	g_assert_cmpstr(
		scene.out->str, ==,
		"part               short      sign.    flash EEPROM  factory fuses\n"
		"ATtiny12           t12        1E9005    1024    64  low 52\n"
		"  boden     Brown-out detection    on, off\n"
		"  bodlevel  Brown-out level        1.8v, 2.7v\n"
		"  spien     Serial programming     on, off; may lose the part: "
		"--allow spien\n"
		"  rstdisbl  RESET pin              on, off; may lose the part: "
		"--allow rstdisbl\n"
		"  cksel     Fuse bits              0 to 15; may lose the part: "
		"--allow clock\n");
}

/* Every bit that the masks have is in one field, for each part that is named. */
static void test_fields_make_the_masks(void)
{
	call_scene_auto struct call_scene scene;
	unsigned n_parts;
	const struct part *parts = parts_all(&n_parts);

	call_scene_init(&scene, "none");
	for (unsigned i = 0; i < n_parts; i++) {
		unsigned found[PART_MAX_FUSES] = { 0 };
		JsonObject *part;

		call_scene_good(&scene, "parts", parts[i].id, "--json", NULL);
		part = part_of(&scene);
		for (unsigned j = 0; j < length(part, "fields"); j++) {
			JsonObject *field = element(part, "fields", j);

			for (unsigned k = 0; k < length(field, "bits"); k++) {
				JsonObject *bit = element(field, "bits", k);

				found[fuse_byte_find(
					json_object_get_string_member(bit, "byte"))] |=
					1u << json_object_get_int_member(bit, "bit");
			}
		}
		for (unsigned byte = 0; byte < parts[i].n_fuses; byte++)
			g_assert_cmphex(found[byte], ==, parts[i].fuse_mask[byte]);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func("/commands/parts/" path, function)
	ADD("a-named-part", test_a_named_part);
	ADD("dangers-are-named", test_dangers_are_named);
	ADD("boot-sections", test_boot_sections);
	ADD("a-field-that-takes-any-number", test_a_field_that_takes_any_number);
	ADD("all-parts-stay-short", test_all_parts_stay_short);
	ADD("fields-for-people", test_fields_for_people);
	ADD("fields-make-the-masks", test_fields_make_the_masks);
	return g_test_run();
}
