// Times in the reader's own zone. Without this they stand in UTC and say so.

const FORMS = {
  time: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  date: { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
};

function toLocal() {
  for (const time of document.querySelectorAll("time[data-form]")) {
    const moment = new Date(time.dateTime);
    // The Swedish locale writes dates as ISO 8601 does, which both languages of the page read.
    time.textContent = moment.toLocaleString("sv-SE", FORMS[time.dataset.form]);
  }
}

// Days that are looked for are the reader's own, too: by the clock as it stood on the first of them, which may be summer time.
for (const field of document.querySelectorAll("input[name=east]")) {
  const east = () => {
    const day = field.form.elements.from?.value || field.form.elements.until?.value;
    const moment = day ? new Date(`${day}T00:00`) : new Date();
    field.value = -(Number.isNaN(moment.getTime()) ? new Date() : moment).getTimezoneOffset();
  };
  field.form.addEventListener("submit", east);
  east();
}

document.addEventListener("parts-renewed", toLocal);
toLocal();
