/* check.h - what config.json's types cannot say: the MUSTs of the OCI runtime spec that need no
 * kernel to be judged. */
#pragma once

#include "spec/spec.h"

/* The first violation, as "path.of.property: reason", kind ERR_CONFIG. */
int check_spec(const struct spec *s, struct err *e);
int check_process(const struct spec_process *p, struct err *e);
int check_intel_rdt(const struct spec_intel_rdt *r, struct err *e); /* the same */
bool check_rdt_name(const char *name); /* can it be a group of resctrl? */
int check_resources(const struct spec_resources *r, struct err *e); /* NULL has none */

/* The properties of "linux" that a process has: check_spec looks at them. */
int check_process_linux(const struct spec_linux *l, struct err *e);
