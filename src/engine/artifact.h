/*
 * artifact.h - small files that users keep with a defined container: STORE/NAME/artifacts/KEY,
 * 0600.
 *
 * They outlive restarts and reboots, and go with the container. Each is replaced by one rename: a
 * reader, and who comes after a power cut, has the old one or the new one whole.
 */
#pragma once

#include "engine/definition.h"

enum { ARTIFACT_SIZE_MAX = 1024 * 1024, ARTIFACTS_MAX = 128 };

/* Letters, digits and "._-", not beginning with a dot; 128 at most. */
int artifact_check_key(const char *key, struct err *e);

/* ERR_NO_CONTAINER with e->no ENOENT: it has no such artifact. */
int artifact_add(const struct engine *g, const struct definition *d, const char *key,
                 const char *data, size_t len, struct err *e);
int artifact_get(const struct engine *g, const struct definition *d, const char *key,
                 char **ret_data, size_t *ret_len, struct err *e);
int artifact_remove(const struct engine *g, const struct definition *d, const char *key,
                    struct err *e);

/* Sorted. */
int artifact_list(const struct engine *g, const struct definition *d, char ***ret, size_t *ret_n,
                  struct err *e);
