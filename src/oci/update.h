/* update.h - other limits for a container that is created, running or paused. */
#pragma once

#include "oci/verbs.h"
#include "spec/spec.h"

/*
 * resources: the text of a linux.resources object. What it does not name stays; a list of device
 * rules takes the place of the whole old one. rdt: l3CacheSchema
 * and memBwSchema, or NULL. When a part fails, what was set before is taken back.
 */
int verb_update(const struct verb *v, const char *resources, size_t len,
                const struct spec_intel_rdt *rdt, struct err *e);
