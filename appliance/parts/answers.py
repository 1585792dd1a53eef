# SPDX-License-Identifier: MIT
"""What `generate` cannot take from its sources: the data sheets' word, as tables.

docNNNN is the number of an Atmel data sheet, DSNNN that of a Microchip one.
"""

# Parts that avr-libc has no header for, and the sibling whose header describes them.
HEADER_OF = {"atmega324pb": "atmega324pa", "atmega328pb": "atmega328p"}

# Every place where the sources disagree, or agree on what the data sheet denies:
#   parts, field, avr-libc's value, the conf file's value, the answer, the data sheet ("Fuse
#   Bits" and the like are its sections). None: says nothing. A field "high.6" is the name of
#   that bit; masks follow from the names, and unused bits are not in them.
ANSWERS = (
    # Signatures: the headers took those of a sibling.
    ("ATmega164A", "signature", "1E940A", "1E940F", "1E940F", "doc8272 Signature Bytes"),
    ("ATmega164P", "signature", "1E940F", "1E940A", "1E940A", "doc8011 Signature Bytes"),
    ("ATmega165", "signature", "1E9405", "1E9410", "1E9410", "doc2573 Signature Bytes"),
    ("ATmega169A", "signature", "1E9405", "1E9411", "1E9411", "doc8284 Signature Bytes"),
    ("ATmega325P", "signature", "1E9505", "1E950D", "1E950D", "doc8023 Signature Bytes"),
    ("ATmega3250P", "signature", "1E9506", "1E950E", "1E950E", "doc8023 Signature Bytes"),
    ("ATmega329PA", "signature", "1E9503", "1E950B", "1E950B", "doc8284 Signature Bytes"),
    ("ATmega3290P", "signature", "1E9504", "1E950C", "1E950C", "doc8021 Signature Bytes"),
    ("ATmega645P", "signature", "1E9605", "1E960D", "1E960D", "doc8285 Signature Bytes"),
    ("ATmega6450P", "signature", "1E9606", "1E960E", "1E960E", "doc8285 Signature Bytes"),
    ("ATmega6490P", "signature", "1E9604", "1E960C", "1E960C", "doc8284 Signature Bytes"),
    ("ATmega324PB", "signature", "1E9511", "1E9517", "1E9517", "DS40001908 Signature Bytes"),
    ("ATmega328PB", "signature", "1E950F", "1E9516", "1E9516", "DS40001906 Signature Bytes"),
    # Factory fuses.
    ("ATmega16U4", "factory.low", 0x41, None, 0x5E, "doc7766 Fuse Bits"),
    ("ATmega32U4", "factory.low", 0x51, None, 0x5E, "doc7766 Fuse Bits"),
    ("ATmega32U4", "factory.high", 0xDD, None, 0x99, "doc7766 Fuse Bits"),
    ("ATmega16U4 ATmega32U4", "factory.extended", 0xFF, None, 0xF3, "doc7766 Fuse Bits"),
    ("AT90USB64?", "factory.low", 0x62, None, 0x5E, "doc7593 Fuse Bits"),
    ("AT90USB64?", "factory.high", 0x99, None, 0x9B, "doc7593 Fuse Bits"),
    ("AT90USB128?", "factory.low", 0x62, None, 0x5E, "doc7593 Fuse Bits"),
    ("ATmega*U2", "factory.low", 0x41, None, 0x5E, "doc7799 table 25-5"),
    ("ATmega*U2", "factory.extended", 0xFF, None, 0xF4, "doc7799 table 25-3"),
    ("ATmega32M1 ATmega64M1", "factory.low", 0x41, None, 0x62, "doc7647 Default Clock Source"),
    ("ATmega16A", "factory.low", 0xC1, None, 0xE1, "doc8154 Fuse Bits"),
    ("ATmega8535", "factory.low", 0xC1, None, 0xE1, "doc2502 Fuse Bits"),
    ("ATmega128RFA1", "factory.low", 0x42, None, 0x62, "doc8266 Fuse Bits"),
    ("ATmega164A ATmega164P ATmega324PA ATmega644A ATmega644PA", "factory.low", 0x42, None,
     0x62, "doc8272 Fuse Bits"),
    ("ATmega644 ATmega644P ATmega1284P ATmega324PB", "factory.low", 0x42, None, 0x62,
     "doc2593, doc8011, doc8059, DS40001908 Fuse Bits"),
    ("ATmega1284P", "factory.high", 0x9D, None, 0x99, "doc8059 Fuse Bits"),
    ("ATmega324PB", "factory.extended", 0xFF, None, 0xF7, "DS40001908 Fuse Bits"),
    ("ATmega328PB", "factory.extended", 0xFF, None, 0xF7, "DS40001906 Fuse Bits"),
    ("ATmega165A", "factory.low", None, None, 0x62, "doc8285 Fuse Bits"),
    ("ATmega165A", "factory.high", None, None, 0x99, "doc8285 Fuse Bits"),
    ("ATmega165A", "factory.extended", None, None, 0xFF, "doc8285 Fuse Bits"),
    ("ATtiny15", "factory.low", 0xDC, None, 0x5C, "doc1187 Fuse Bits: BODLEVEL programmed"),
    ("ATtiny48", "factory.low", 0x62, None, 0x6E, "doc8008 Fuse Bits"),
    ("ATtiny88", "factory.low", 0x62, None, 0x6E, "doc8008 Fuse Bits"),
    ("ATtiny2313A ATtiny4313", "factory.low", 0x62, None, 0x64,
     "doc8246 Clock Sources: 8 MHz, CKDIV8 programmed"),
    # Which fuse bits there are, and their names.
    ("AT90CAN*", "mask.extended", 0x0E, 0x0F, 0x0E, "doc7679 Fuse Bits: TA0SEL is for tests"),
    ("AT90PWM*", "mask.extended", 0xF7, 0xFF, 0xF7, "doc4317, doc7710 Fuse Bits"),
    ("AT90USB82 AT90USB162", "mask.extended", 0x0F, 0xFF, 0x0F, "doc7707 Fuse Bits"),
    ("ATmega*U2", "mask.extended", 0x0F, 0xFF, 0x0F, "doc7799 table 25-3"),
    ("AT90USB82 AT90USB162", "high.6", "RSTDSBL", None, "RSTDISBL", "doc7707 Fuse Bits"),
    ("ATmega162", "mask.extended", 0x1E, 0x07, 0x1E, "doc2513 Fuse Bits"),
    # SPIEN cannot be read over ISP on these two: it would never compare equal.
    ("ATmega161", "factory.low", 0xDA, None, 0xFA, "doc1228 Fuse Bits"),
    ("ATmega163", "factory.low", 0xD2, None, 0xF2, "doc1142 Fuse Bits"),
    ("ATmega161", "mask.low", 0x77, 0x5F, 0x57, "doc1228 Fuse Bits"),
    ("ATmega161", "low.5", "SPIEN", None, "", "doc1228 Serial Programming Instruction Set"),
    ("ATmega163", "mask.low", 0xEF, 0xCF, 0xCF, "doc1142 Fuse Bits"),
    ("ATmega163", "low.5", "SPIEN", None, "", "doc1142 Serial Programming Instruction Set"),
    ("ATmega165 ATmega169", "mask.extended", 0x0E, 0x0F, 0x0E, "doc2573, doc2514 Fuse Bits"),
    ("ATmega165P ATmega169A ATmega169P", "mask.extended", 0x0E, 0x0F, 0x0F,
     "doc8019, doc8284, doc8018 Fuse Bits"),
    ("ATmega165P ATmega169A ATmega169P", "extended.0", None, None, "RSTDISBL",
     "doc8019, doc8284, doc8018 Fuse Bits"),
    ("ATmega649P", "extended.0", "RESERVED", None, "RSTDISBL", "doc8284 Fuse Bits"),
    ("ATmega324PB", "mask.extended", 0x07, 0x07, 0x0F, "DS40001908 Fuse Bits"),
    ("ATmega328PB", "mask.extended", 0x07, 0x0F, 0x0F, "DS40001906 Fuse Bits"),
    ("ATmega324PB ATmega328PB", "extended.3", None, None, "CFD",
     "DS40001908, DS40001906 Fuse Bits"),
    ("ATtiny13", "high.4", "SPMEN", None, "SELFPRGEN", "doc2535 table 17-3"),
    ("ATtiny13*", "mask.high", 0x1F, 0xFF, 0x1F, "doc2535 table 17-3, doc8126"),
    ("ATtiny48 ATtiny88", "mask.low", 0xFF, 0xFF, 0xF3, "doc8008 Fuse Bits: CKSEL has two bits"),
    ("ATtiny48 ATtiny88", "low.2", "CKSEL2", None, "", "doc8008 Fuse Bits"),
    ("ATtiny48 ATtiny88", "low.3", "CKSEL3", None, "", "doc8008 Fuse Bits"),
    ("ATtiny441 ATtiny841", "mask.low", 0xDF, 0xFF, 0xDF, "doc8495 Fuse Bits"),
    ("ATtiny1634", "mask.low", 0xDF, 0xFF, 0xDF, "doc8303 Fuse Bits"),
    ("ATtiny828", "mask.low", 0xF3, 0xFF, 0xF3, "doc8371 Fuse Bits"),
    ("ATtiny828", "mask.extended", 0xF7, 0x1F, 0xF7, "doc8371 Fuse Bits"),
    # Lock bits: without a boot section there are no boot lock bits.
    ("ATmega48 ATmega48A ATmega48PA ATmega48PB", "lock_mask", 0x03, 0x3F, 0x03,
     "doc2545, doc8271, doc42176 Lock Bits"),
    ("ATmega48P", "lock_mask", 0x3F, 0x3F, 0x03, "doc8025 Lock Bits"),
    ("ATtiny13* ATtiny2313* ATtiny25 ATtiny45 ATtiny85 ATtiny4313 ATtiny43U ATtiny?8",
     "lock_mask", 0x03, 0x3F, 0x03,
     "doc2535, doc8126, doc2543, doc8246, doc2586, doc8048, doc8008 Lock Bits"),
    ("ATtiny12 ATtiny15", "lock_mask", 0x03, 0x06, 0x06,
     "doc1006, doc1187 Serial Programming Instruction Set: LB1 is bit 1, LB2 bit 2"),
    # EEPROM pages that only parallel programming or the part's own program can write.
    ("ATmega8515 ATmega8535 ATtiny26", "eeprom_page_bytes", 4, 0, 0,
     "doc2512, doc2502, doc1477 Serial Programming Instruction Set"),
    ("ATtiny12 ATtiny15", "eeprom_page_bytes", 2, 0, 0, "doc1006, doc1187 EEPROM"),
    ("ATmega8 ATmega8A ATmega16 ATmega16A ATmega32 ATmega32A", "eeprom_page_bytes", 4, 0, 0,
     "doc2486, doc8159, doc2466, doc8154, doc2503, doc8155 Serial Programming Instruction Set"),
    ("ATmega64 ATmega64A ATmega128 ATmega128A", "eeprom_page_bytes", 8, 0, 0,
     "doc2490, doc8160, doc2467, doc8151 SPI Serial Programming Instruction Set"),
    # The rest.
    ("ATtiny25 ATtiny45 ATtiny85", "n_calibration", None, 1, 2,
     "doc2586 Calibration Bytes: 8 MHz and 6.4 MHz"),
)

# How each part reads its clock fuses: clocks.c. Each part is in one row.
CLOCKS = (
    ("clocks_tiny12", "ATtiny12"),
    ("clocks_tiny13", "ATtiny13*"),
    ("clocks_tiny15", "ATtiny15"),
    ("clocks_tiny24", "ATtiny24 ATtiny24A ATtiny44 ATtiny44A ATtiny84 ATtiny84A"),
    ("clocks_tiny25", "ATtiny25 ATtiny45 ATtiny85"),
    ("clocks_tiny26", "ATtiny26"),
    ("clocks_tiny43u", "ATtiny43U"),
    ("clocks_tiny48", "ATtiny48 ATtiny88"),
    ("clocks_tiny87", "ATtiny87 ATtiny167"),
    ("clocks_tiny261", "ATtiny261* ATtiny461* ATtiny861*"),
    ("clocks_tiny441", "ATtiny441 ATtiny841"),
    ("clocks_tiny828", "ATtiny828"),
    ("clocks_tiny1634", "ATtiny1634"),
    ("clocks_tiny2313", "ATtiny2313* ATtiny4313"),
    ("clocks_mega8", "ATmega8 ATmega8A ATmega16 ATmega16A ATmega32 ATmega32A ATmega64 ATmega64A "
     "ATmega128 ATmega128A ATmega8515 ATmega8535"),
    ("clocks_mega161", "ATmega161"),
    ("clocks_mega163", "ATmega163"),
    ("clocks_mega162", "ATmega162 AT90CAN*"),
    ("clocks_mega165", "ATmega165* ATmega169* ATmega325* ATmega329* ATmega645* ATmega649*"),
    ("clocks_mega48pb", "ATmega*PB"),
    ("clocks_mega48", "ATmega48 ATmega48[AP] ATmega48PA ATmega88 ATmega88[AP] ATmega88PA "
     "ATmega168 ATmega168[AP] ATmega168PA ATmega328 ATmega328P"),
    ("clocks_mega164", "ATmega164* ATmega324[AP] ATmega324PA ATmega644 ATmega644A "
     "ATmega644P* ATmega1284 ATmega1284P ATmega640 ATmega1280 ATmega1281 ATmega2560 ATmega2561"),
    ("clocks_rf", "*RFA1 *RFR2"),
    ("clocks_mega8u2", "ATmega*U2 AT90USB82 AT90USB162"),
    ("clocks_mega32u4", "ATmega*U4 AT90USB*6 AT90USB*7"),
    ("clocks_pwm2", "AT90PWM2 AT90PWM3"),
    ("clocks_pwm2b", "AT90PWM2B AT90PWM3B AT90PWM216 AT90PWM316 ATmega32M1 ATmega64M1"),
)

# The instructions as Sixpin sends them: the bits that are the same for every part. One that wants
# others stops `generate`. Lock bits in the second byte are a field of the table.
INSTRUCTIONS = {
    "flash": {
        "read_lo": "20------", "read_hi": "28------", "loadpage_lo": "40------",
        "loadpage_hi": "48------", "write_lo": "40------", "write_hi": "48------",
        "writepage": "4C------", "load_ext_addr": "4D00--00",
    },
    "eeprom": {
        "read": "A0------", "write": "C0------", "loadpage_lo": "C100----",
        "writepage": "C2----00",
    },
    "fuse": {"read": "500000--", "write": "ACA000--"},
    "lfuse": {"read": "500000--", "write": "ACA000--"},
    "hfuse": {"read": "580800--", "write": "ACA800--"},
    "efuse": {"read": "500800--", "write": "ACA400--"},
    "lock": {"read": "580000--", "write": "ACE000--"},
    "signature": {"read": "3000----"},
    "calibration": {"read": "3800----"},
}
