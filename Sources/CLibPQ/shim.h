#pragma once
// Debian keeps libpq's header in a folder of its own; pkg-config adds that folder where it exists.
#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
#include <postgresql/libpq-fe.h>
#endif
