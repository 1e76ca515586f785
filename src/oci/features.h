/* features.h - what this runtime can do, as the "features" document of the OCI runtime spec 1.1. */
#pragma once

#include "base/arena.h"

/* JSON text in the arena, made from the tables that the code itself uses. */
char *features_text(struct arena *a);
