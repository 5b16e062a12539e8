/**
 * Charts as SVG text, drawn by ECharts without a browser: one look for all of them. Background and
 * colours are chosen to be readable on a white page and on a dark one.
 *
 * @module
 */

import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([
  BarChart,
  LineChart,
  GridComponent,
  LegendComponent,
  TitleComponent,
  SVGRenderer,
]);

/** Contrast of at least 4 to 1 on white and on GitHub's dark page. */
const TEXT_COLOUR = "#7d8590";
const LINE_COLOUR = "#8b949e55";
/** One for each series, in order; told apart also by those who do not see red or green. */
const SERIES_COLOURS = ["#8b949e", "#3b82d6", "#d9822b", "#9a5fd0", "#2a9d8f"];

/** An axis with a name that says the unit. */
export interface Axis {
  name: string;
  /** @default false */
  logarithmic?: boolean;
}

/** One colour of a chart: a value for each category, `null` where there is none. */
export interface ChartSeries {
  name: string;
  values: readonly (number | null)[];
}

/** A chart of categories. */
export interface CategoryChart {
  title: string;
  x: { name: string; categories: readonly string[] };
  y: Axis;
  series: readonly ChartSeries[];
  /** Bars to the right, for categories with long names. @default false */
  horizontal?: boolean;
}

/** Groups of bars, one for each category and in it one for each series; values stand on the bars. */
export function barChart(chart: CategoryChart): string {
  const position = chart.horizontal ? "right" : "top";
  return categoryChart(chart, { type: "bar", barGap: "10%", label: { ...valueLabel, position } });
}

/** A line for each series over categories. */
export function lineChart(chart: CategoryChart): string {
  return categoryChart(chart, { type: "line", symbolSize: 7 });
}

const valueLabel = {
  show: true,
  fontSize: 10,
  color: TEXT_COLOUR,
  formatter: ({ value }: { value: number | null }) => value === null ? "" : shortNumber(value),
};

function categoryChart(
  { title, x, y, series, horizontal = false }: CategoryChart,
  look: object,
): string {
  const categories = { type: "category", name: x.name, data: [...x.categories] };
  const values = {
    type: y.logarithmic ? "log" : "value",
    name: y.name,
    axisLabel: { color: TEXT_COLOUR, formatter: (value: number) => compact.format(value) },
  };
  const bars = x.categories.length * series.length;
  return renderSvg({
    title: { text: title },
    legend: { data: series.map(({ name }) => name) },
    ...(horizontal
      ? {
        grid: { left: 210, right: 64 },
        xAxis: { ...values, nameLocation: "middle", nameGap: 32 },
        yAxis: { ...categories, inverse: true, name: "" },
      }
      : {
        xAxis: { ...categories, nameLocation: "middle", nameGap: 32 },
        yAxis: values,
      }),
    series: series.map(({ name, values }) => ({ ...look, name, data: [...values] })),
  }, horizontal ? { height: 150 + 26 * bars } : {});
}

/** What ECharts calls an option, with the parts that have a common look. */
export interface ChartOption extends EChartsCoreOption {
  title: object;
  legend: object;
  grid?: object;
  xAxis: object;
  yAxis: object;
}

/** Draws a chart of any kind in the common look. */
export function renderSvg(
  { title, legend, grid, xAxis, yAxis, ...option }: ChartOption,
  { width = 760, height = 400 }: { width?: number; height?: number } = {},
): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption({
    animation: false,
    backgroundColor: "transparent",
    color: SERIES_COLOURS,
    textStyle: { color: TEXT_COLOUR, fontFamily: "sans-serif" },
    title: { textStyle: { color: TEXT_COLOUR, fontSize: 15 }, ...title },
    legend: { top: 32, left: 0, textStyle: { color: TEXT_COLOUR }, ...legend },
    grid: { left: 80, right: 24, top: 84, bottom: 56, ...grid },
    xAxis: { ...axisLook, ...xAxis },
    yAxis: { ...axisLook, ...yAxis },
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}

const axisLook = {
  nameTextStyle: { color: TEXT_COLOUR },
  axisLabel: { color: TEXT_COLOUR },
  axisLine: { lineStyle: { color: TEXT_COLOUR } },
  splitLine: { lineStyle: { color: LINE_COLOUR } },
};

/** Such as 10K and 1M, which leave room between ticks. */
const compact = new Intl.NumberFormat("en", { notation: "compact" });

/** Three digits that matter, with a comma at the thousands. */
function shortNumber(value: number): string {
  return new Intl.NumberFormat("en", { maximumSignificantDigits: 3 }).format(value);
}
