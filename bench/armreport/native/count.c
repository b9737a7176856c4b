// A plugin of qemu-user (TCG plugin API 1, qemu 4.2 to 8) that counts the guest's instructions by function. qemu's header is
// not packaged: what is used of it is declared here.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef uint64_t plugin_id;
enum { INLINE_ADD_U64 = 0 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern const char *qemu_plugin_insn_symbol(const struct qemu_plugin_insn *);
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, int, void *, uint64_t);
extern void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);
extern void qemu_plugin_outs(const char *);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

struct function {
	char *name;
	uint64_t count;
	struct function *next;
};

static struct function *functions[4096];

static uint64_t *count_of(const char *name)
{
	if (!name)
		name = "?";
	unsigned hash = 5381;
	for (const char *c = name; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	struct function **f = &functions[hash % 4096];
	while (*f && strcmp((*f)->name, name))
		f = &(*f)->next;
	if (!*f) {
		*f = calloc(1, sizeof **f);
		(*f)->name = strdup(name);
	}
	return &(*f)->count;
}

// A block of instructions is translated once, and belongs to the function of its first one.
static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	uint64_t *count = count_of(qemu_plugin_insn_symbol(qemu_plugin_tb_get_insn(tb, 0)));
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, count, qemu_plugin_tb_n_insns(tb));
}

static void at_exit(plugin_id id, void *data)
{
	for (int i = 0; i < 4096; i++)
		for (struct function *f = functions[i]; f; f = f->next) {
			char number[32];
			snprintf(number, sizeof number, "count %" PRIu64 " ", f->count);
			qemu_plugin_outs(number);
			qemu_plugin_outs(f->name);
			qemu_plugin_outs("\n");
		}
}

__attribute__((visibility("default"))) int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	return 0;
}
