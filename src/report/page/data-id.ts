/** The id of the block of data in a page, which the page's script reads. */
export const dataId = "page-data";
