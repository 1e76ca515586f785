/*
 * userns.h - the user namespace that an ordinary user makes, or joins, for his container.
 *
 * Root makes it by the clone of the container's init and writes its maps from outside. Who is not
 * root has no right to open trees of mounts either, which is done before that clone; in a user
 * namespace of his own he has. So he enters it first, and all the rest is done from inside:
 *
 *	scow                                    newgidmap, newuidmap (only for ranges)
 *	  forks them ----------------------------> wait
 *	  unshare(NEWUSER | NEWNS)
 *	  maps of his own id: written by himself
 *	  "go" ----------------------------------> write the maps, as /etc/subuid allows
 *	  <---------------------------------- end
 *
 * user_namespaces(7), newuidmap(1)
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

#include <stdbool.h>

/* Has scow been started by somebody who is not root where he is? Costs no call. */
bool userns_is_needed(void);

/* Are we in the machine's first user namespace, where root is root? */
bool userns_is_first(void);

/*
 * With all rights in a user namespace of these maps, or in the one at `path`, and with a mount
 * namespace that belongs to it. The user stays who he is: files are made as his. Descriptors that
 * are open already lead to the mounts of before.
 */
int userns_enter(struct arena *a, const struct spec_linux *l, const char *path, struct err *e);
