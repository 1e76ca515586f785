/*
 * fuzz_dbus.c - any bytes as a message of D-Bus: it is refused, or all that is read of it lies
 * inside of it.
 */
#include "kernel/dbus.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *s, const unsigned char *data, size_t size)
{
	const unsigned char *p = (const unsigned char *)s;

	assert(!*s || (p >= data && p + strlen(s) < data + size));
}

static void read_body(struct dbus_message *m, const unsigned char *data, size_t size)
{
	for (const char *type = m->signature; *type && !m->body.bad; type++)
		switch (*type) {
		case 's':
		case 'o':
			check_text(dbus_get_text(&m->body), data, size);
			break;
		case 'g':
		case 'v':
			check_text(dbus_get_signature(&m->body), data, size);
			break;
		case 'y':
			(void)dbus_get_byte(&m->body);
			break;
		default:
			(void)dbus_get_u32(&m->body);
		}
	assert(m->body.at <= m->body.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dbus_message m;

	if (size > DBUS_SIZE_MAX)
		return 0;
	unsigned char *copy =
	    malloc(size + !size); /* of its own: a sanitizer sees a step beyond it */
	if (!copy)
		return 0;
	memcpy(copy, data, size);
	if (!dbus_parse(copy, size, &m)) {
		check_text(m.path, copy, size);
		check_text(m.interface, copy, size);
		check_text(m.member, copy, size);
		check_text(m.error, copy, size);
		check_text(m.signature, copy, size);
		assert(m.body.p >= copy && m.body.p + m.body.n == copy + size);
		read_body(&m, copy, size);
	}
	free(copy);
	return 0;
}
