/* The built-in modules' bytecode, made by runtime/tools/mkboot. */
    .section .rodata
    .global wk_boot_start, wk_boot_end
    .balign 16
wk_boot_start:
    .incbin WK_BOOT_BIN
wk_boot_end:
    .byte 0
    .section .note.GNU-stack,"",@progbits
