/* SPDX-License-Identifier: MIT */
/*
 * An application for parts with one USART, an ATmega328P or an ATmega8: one line, 8N1
 * (ATmega48A/PA..328P, DS40002061, chapter "USART0"; ATmega8, 2486, chapter "USART").
 *
 *   avr-gcc -mmcu=atmega328p -Os -DF_CPU=16000000UL -DBAUD=9600 hello.c
 */
#include <avr/io.h>
#include <avr/sleep.h>
#include <util/setbaud.h>

#ifndef UDR0
#define UCSR0A UCSRA
#define UCSR0B UCSRB
#define UBRR0H UBRRH
#define UBRR0L UBRRL
#define UDR0   UDR
#define UDRE0  UDRE
#define U2X0   U2X
#define TXEN0  TXEN
#endif

static void put(char c)
{
	while (!(UCSR0A & _BV(UDRE0)))
		;
	UDR0 = c;
}

int main(void)
{
	UBRR0H = UBRRH_VALUE;
	UBRR0L = UBRRL_VALUE;
	UCSR0A = USE_2X ? _BV(U2X0) : 0;
	UCSR0B = _BV(TXEN0);
	for (const char *c = "hello from Sixpin\r\n"; *c; c++)
		put(*c);
	for (;;)
		sleep_mode();
}
