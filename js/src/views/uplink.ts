/** The widget through which every view speaks to the kernel. It shows nothing. */
export default { render(): void {} };
