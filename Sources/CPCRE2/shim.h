#pragma once
// Its functions are for texts of bytes, words or longer units; ours are UTF-8.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
