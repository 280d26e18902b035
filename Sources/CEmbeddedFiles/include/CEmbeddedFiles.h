// Files that are part of the program. They come in through C, since its compiler takes a file as it is in no time,
// where an array literal in Swift of the same size takes minutes at each change.
#ifndef HOLDFAST_EMBEDDED_FILES_H
#define HOLDFAST_EMBEDDED_FILES_H

#include <stddef.h>

/// A file's name, and its bytes. Both live as long as the program.
typedef struct {
    const char *name;
    const unsigned char *bytes;
    size_t size;
} holdfast_file;

/// `openapi.yaml`.
extern const holdfast_file holdfast_contract;

/// `api/operations.txt`: what each operation needs.
extern const holdfast_file holdfast_operations;

/// The files of `Migrations/`, in order.
extern const holdfast_file *const holdfast_migrations;
extern const size_t holdfast_migration_count;

/// The files of `Pages/`, in the order of their names, which are paths within that folder.
extern const holdfast_file *const holdfast_pages;
extern const size_t holdfast_page_count;

#endif
