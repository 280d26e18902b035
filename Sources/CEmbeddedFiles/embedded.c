// Needs a compiler with #embed (C23; Clang 19 and newer, which Swift 6.2 brings).
#include "CEmbeddedFiles.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char contract[] = {
#embed "../../openapi.yaml"
};
const holdfast_file holdfast_contract = {"openapi.yaml", contract, sizeof contract};

static const unsigned char operations[] = {
#embed "../../api/operations.txt"
};
const holdfast_file holdfast_operations = {"operations.txt", operations, sizeof operations};

#include "migrations.h"

const holdfast_file *const holdfast_migrations = migrations;
const size_t holdfast_migration_count = sizeof migrations / sizeof migrations[0];

#include "pages.h"

const holdfast_file *const holdfast_pages = pages;
const size_t holdfast_page_count = sizeof pages / sizeof pages[0];
