/* exec_spec.h - the process of an exec: the container's own, changed by options, or one from a
 * file. */
#pragma once

#include "oci/exec.h"

/* base is the container's process; *ret is checked. */
int exec_spec(const struct exec_request *r, const struct spec_process *base,
              struct spec_process *ret, struct err *e);
