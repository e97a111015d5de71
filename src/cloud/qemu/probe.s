# A boot sector that tells whether the virtualisation at hand can run a kernel:
# it enters 64-bit mode as a kernel does and executes what emulated
# virtualisation is known to stop at, then ends QEMU by its debug port.
# GNU assembler; `probe.bin` beside it is these 512 bytes:
#   as -o probe.o probe.s && ld -Ttext=0x7c00 --oformat=binary -o probe.bin probe.o
	.code16
	.globl	_start
_start:	cli
	cld
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$0x7c00, %sp
	# Page tables at 0x1000, zeros at 0x5000; one page of 2 MiB, virtual is physical.
	movw	$0x1000, %di
	movw	$0x2800, %cx
	rep stosw
	movl	$0x2003, 0x1000
	movl	$0x3003, 0x2000
	movl	$0x0083, 0x3000
	movl	$0x1000, %eax
	movl	%eax, %cr3
	movl	%cr4, %eax
	orl	$0x220, %eax		# PAE, OSFXSR
	movl	%eax, %cr4
	movl	$0xc0000080, %ecx	# EFER
	rdmsr
	orl	$0x100, %eax		# LME
	wrmsr
	movl	%cr0, %eax
	andl	$0xfffffffb, %eax	# no EM
	orl	$0x80000003, %eax	# PG, MP, PE
	movl	%eax, %cr0
	lgdtl	table
	ljmpl	$8, $long

	.code64
long:	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %ss
	movq	$0x7c00, %rsp
	# Every x86-64 kernel of a distribution: SSE2, atomic 16 bytes.
	movq	%rax, %xmm0
	paddq	%xmm0, %xmm0
	xorl	%eax, %eax
	xorl	%edx, %edx
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	lock cmpxchg16b 0x5000
	jnz	stop
	# Where the processor claims it: BMI2, which kernels patch themselves to.
	xorl	%eax, %eax
	cpuid
	cmpl	$7, %eax
	jb	done
	movl	$7, %eax
	xorl	%ecx, %ecx
	cpuid
	btl	$8, %ebx
	jnc	done
	movl	$3, %eax
	movl	$5, %ecx
	shlxq	%rcx, %rax, %rdx
	rorxq	$5, %rdx, %rdx
	cmpq	%rax, %rdx
	jne	stop
done:	movb	$42, %al
	outb	%al, $0xf4
stop:	hlt
	jmp	stop

	.balign	8
gdt:	.quad	0
	.quad	0x00209a0000000000	# code, 64 bits
	.quad	0x0000920000000000	# data
table:	.word	. - gdt - 1
	.long	gdt

	.org	510
	.word	0xaa55
