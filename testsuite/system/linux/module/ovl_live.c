// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* ovl_live.c - a module of Linux that has its overlay core apply and remove overlays of a live tree.
 * In: lines "apply FILE", "remove NUMBER" and "off", each written to /dev/ovl by one call.  Out: lines "ovl: ..." on
 * the console: what the core answered, what it told those who listen to it, and the devices that a driver of
 * this module was given.  Interface: Linux 6.12, include/linux/of.h. */
#include <linux/fs.h>
#include <linux/kernel_read_file.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/reboot.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

/* ---------------------------------------------------------------- what the core does */

static int on_overlay(struct notifier_block *block, unsigned long action, void *data)
{
	struct of_overlay_notify_data *notice = data;

	pr_info("ovl: notice %s %pOF\n", of_overlay_action_name(action), notice->target);
	return NOTIFY_OK;
}

static int on_change(struct notifier_block *block, unsigned long action, void *data)
{
	static const char *const names[] = {
		[OF_RECONFIG_ATTACH_NODE] = "add-node",
		[OF_RECONFIG_DETACH_NODE] = "remove-node",
		[OF_RECONFIG_ADD_PROPERTY] = "add-property",
		[OF_RECONFIG_REMOVE_PROPERTY] = "remove-property",
		[OF_RECONFIG_UPDATE_PROPERTY] = "change-property",
	};
	struct of_reconfig_data *change = data;

	if (change->prop)
		pr_info("ovl: change %s %pOF:%s\n", names[action], change->dn, change->prop->name);
	else
		pr_info("ovl: change %s %pOF\n", names[action], change->dn);
	return NOTIFY_OK;
}

static struct notifier_block overlay_block = { .notifier_call = on_overlay };
static struct notifier_block change_block = { .notifier_call = on_change };

/* ---------------------------------------------------------------- a driver */

static int ovl_probe(struct platform_device *device)
{
	struct device_node *node = device->dev.of_node;
	struct device_node *ref = of_parse_phandle(node, "ref", 0);
	u32 value = 0;

	of_property_read_u32(node, "value", &value);
	pr_info("ovl: probe %pOF value %u ref %pOF\n", node, value, ref);
	of_node_put(ref);
	return 0;
}

static void ovl_gone(struct platform_device *device)
{
	pr_info("ovl: gone %pOF\n", device->dev.of_node);
}

static const struct of_device_id ovl_match[] = { { .compatible = "ovl,live" }, { } };

static struct platform_driver ovl_driver = {
	.probe = ovl_probe,
	.remove = ovl_gone,
	.driver = { .name = "ovl-live", .of_match_table = ovl_match },
};

/* ---------------------------------------------------------------- the device file */

static int apply(const char *path)
{
	void *blob = NULL;
	int id = 0;
	ssize_t size = kernel_read_file_from_path(path, 0, &blob, SZ_16M, NULL, READING_UNKNOWN);
	int status = size < 0 ? (int)size : of_overlay_fdt_apply(blob, size, &id, NULL);

	vfree(blob);
	pr_info("ovl: apply %s: %d id %d\n", path, status, id);
	/* What was begun is the caller's to give back. */
	if (status && id)
		of_overlay_remove(&id);
	return status;
}

static int take_out(const char *number)
{
	int id, status = kstrtoint(number, 10, &id);

	if (!status)
		status = of_overlay_remove(&id);
	pr_info("ovl: remove %s: %d\n", number, status);
	return status;
}

static ssize_t on_write(struct file *file, const char __user *from, size_t count, loff_t *at)
{
	char *line = memdup_user_nul(from, count), *words;
	int status = -EINVAL;

	if (IS_ERR(line))
		return PTR_ERR(line);
	words = strim(line);
	if (str_has_prefix(words, "apply "))
		status = apply(words + strlen("apply "));
	else if (str_has_prefix(words, "remove "))
		status = take_out(words + strlen("remove "));
	else if (!strcmp(words, "off"))
		kernel_power_off();
	kfree(line);
	return status ? status : (ssize_t)count;
}

static const struct file_operations ovl_operations = { .owner = THIS_MODULE, .write = on_write };

static struct miscdevice ovl_device = { .minor = MISC_DYNAMIC_MINOR, .name = "ovl", .fops = &ovl_operations };

/* It is never unloaded: the guest ends first. */
static int __init ovl_init(void)
{
	int status = of_overlay_notifier_register(&overlay_block);

	if (!status)
		status = of_reconfig_notifier_register(&change_block);
	if (!status)
		status = platform_driver_register(&ovl_driver);
	return status ? status : misc_register(&ovl_device);
}
module_init(ovl_init);

MODULE_DESCRIPTION("Overlays of the live device tree, by a device file");
MODULE_LICENSE("Dual BSD/GPL");
